import { ConfigError } from './config-error.ts'

/** The settings of a server about the tokens to call revisions. */
export interface CallTokensConfig {
  /** The URL by which clients and verifiers know the registry; undefined: the operator has not set it. */
  readonly publicUrl: string | undefined
  /** The issuer of the tokens; undefined: the server issues none. */
  readonly issuer: CallTokenSource | undefined
}

/** Who makes the tokens: the server with its own keys, or a module. */
export type CallTokenSource =
  | { readonly kind: 'jwt'; readonly publicUrl: string; readonly signingKeys: string }
  | { readonly kind: 'module'; readonly path: string }

/** The defaults of these settings, as text. */
export const callTokensDefaults = { publicUrl: '', signingKeys: '', callTokens: '' } as const

/** These settings, as commander parses them. */
export interface CallTokensFlags {
  readonly publicUrl: string
  /** The path of a directory. Empty: none. */
  readonly signingKeys: string
  /** `jwt`, or the path of a module. Empty: none. */
  readonly callTokens: string
}

/**
 * Parses the public URL of a registry. The `iss` of a token is compared as text, so the URL must have its one normal form,
 * without a slash at its end. It is https, except on the machine itself. The empty text stands for none.
 */
export function parsePublicUrl(text: string): string {
  if (text === '') return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !(url.protocol === 'https:' || isLoopback(url))) throw notValid(text, EXAMPLE)
  const { protocol, host, pathname } = url
  const normal = `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
  if (text !== normal)
    throw notValid(text, `use ${JSON.stringify(normal)}, without a slash at its end, a user or a query.`)
  return text
}

const EXAMPLE = 'use an https URL such as https://registry.example.com, or an http URL of this machine.'

/** Combines the settings. Throws `ConfigError` if one of them needs another one, or has no effect without it. */
export function toCallTokensConfig({ publicUrl, signingKeys, callTokens }: CallTokensFlags): CallTokensConfig {
  const shown = publicUrl === '' ? undefined : publicUrl
  if (callTokens === 'jwt') {
    if (shown === undefined) throw missing('--public-url (WAYPOST_PUBLIC_URL)')
    if (signingKeys === '') throw missing('--signing-keys (WAYPOST_SIGNING_KEYS)')
    return { publicUrl: shown, issuer: { kind: 'jwt', publicUrl: shown, signingKeys } }
  }
  if (signingKeys !== '') {
    const given = `--signing-keys (WAYPOST_SIGNING_KEYS) ${JSON.stringify(signingKeys)}`
    throw new ConfigError(`${given} has no effect without --call-tokens jwt; set both, or none of them.`)
  }
  return { publicUrl: shown, issuer: callTokens === '' ? undefined : { kind: 'module', path: callTokens } }
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

function notValid(text: string, remedy: string): ConfigError {
  return new ConfigError(`${JSON.stringify(text)} is not valid; ${remedy}`)
}

function missing(setting: string): ConfigError {
  return new ConfigError(`${setting} is missing; --call-tokens jwt needs it.`)
}
