import type { CallTokenSource } from './config/call-tokens.ts'
import type { ServeConfig } from './config/serve-config.ts'
import { naming, newConfigError } from './naming.ts'
import type { CallTokenIssuer } from './registry/tokens/call-token-issuer.ts'
import type { PublishedKeys } from './server/http/well-known.ts'
import type { Logger } from './telemetry/logger.ts'

/** The parts of a server that issue tokens to call revisions. */
export interface OpenCallTokens {
  readonly callTokens?: CallTokenIssuer
  /** The keys with which others verify the tokens; undefined: the server signs none. */
  readonly publishedKeys?: PublishedKeys
  /** Reads the keys or the module again. Logs the outcome. If they cannot be used, the old ones go on. */
  reload?(): void
  close(): void
}

/** Opens the keys or the module. Rejects if they cannot be used. The message names the setting. */
export async function openCallTokens(config: ServeConfig, log: Logger): Promise<OpenCallTokens> {
  const { issuer } = config.callTokens
  if (issuer === undefined) return { close: () => {} }
  return issuer.kind === 'jwt' ? openKeys(issuer, config, log) : openModule(issuer, config, log)
}

// Loaded late, because most servers issue no tokens.
async function openKeys(
  { publicUrl, signingKeys }: CallTokenSource & { readonly kind: 'jwt' },
  { store }: ServeConfig,
  log: Logger,
): Promise<OpenCallTokens> {
  const { SigningKeys } = await import('./call-tokens/keys/signing-keys.ts')
  const { createJwtIssuer } = await import('./call-tokens/jwt-issuer.ts')
  // Servers on one SQLite file share a machine, and so they share a directory. Servers on MongoDB may not.
  const opening = SigningKeys.open({ directory: signingKeys, makesFirst: store.kind === 'sqlite', log })
  const keys = await naming('--signing-keys (WAYPOST_SIGNING_KEYS)', opening, newConfigError)
  return {
    callTokens: createJwtIssuer({ publicUrl, keys }),
    publishedKeys: { publicUrl, keys },
    reload: () => void keys.reload(),
    close: () => keys.close(),
  }
}

async function openModule(
  { path }: CallTokenSource & { readonly kind: 'module' },
  { workers }: ServeConfig,
  log: Logger,
): Promise<OpenCallTokens> {
  const { openModuleIssuer } = await import('./call-tokens/module-issuer.ts')
  const opening = openModuleIssuer({ path, log, sharers: workers })
  const callTokens = await naming(`--call-tokens (WAYPOST_CALL_TOKENS) ${path}`, opening, newConfigError)
  const reload = () => {
    callTokens.reload().then(
      () => log.info({ module: path }, 'the call token module was reloaded'),
      (err) =>
        log.error({ err, module: path }, 'the call token module cannot be used, so the server keeps the previous one'),
    )
  }
  return { callTokens, reload, close: () => callTokens.close() }
}
