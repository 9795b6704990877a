import { type AccessRules, createAccessRules } from '../domain/access/access-rules.ts'
import type { Identity } from '../domain/access/identity.ts'
import type { Logger } from '../telemetry/logger.ts'
import { readAccessFile } from './file/read-access-file.ts'
import { createOidcAuthenticator, type OidcAuthenticator } from './oidc/oidc-authenticator.ts'
import { createStaticTokens } from './static-tokens.ts'
import { unknownToken } from './token-error.ts'

/** The settings of an access control that is not in the file. */
export interface AccessControlOptions {
  readonly log: Logger
  /** `--public-url`: the issuer of the tokens to call revisions, which are no credentials; undefined: the server issues no such tokens. */
  readonly publicUrl?: string | undefined
  /** Sends the requests for keys. Default: that of Node. */
  readonly fetch?: typeof fetch | undefined
  /** The time, in milliseconds since 1970. Default: that of the system. */
  readonly now?: (() => number) | undefined
}

/** The content of an access file, ready for use. */
export interface LoadedAccess {
  readonly rules: AccessRules
  /** The authenticator of its issuers, for the next version of the file. */
  readonly oidc: OidcAuthenticator
  /** The paths of the key files that it names. */
  readonly keyFiles: readonly string[]
  /** Finds out whose token it is. Throws or rejects with `TOKEN_INVALID` or `ISSUER_UNREACHABLE`. */
  identify(token: string): Identity | Promise<Identity>
  close(): void
}

/**
 * Loads an access file. Throws an error that names the line and the key if it cannot be used.
 *
 * @param previous The version that this one replaces: its keys are taken over.
 */
export function loadAccess(path: string, options: AccessControlOptions, previous?: LoadedAccess): LoadedAccess {
  const { log, publicUrl, fetch, now } = options
  const file = readAccessFile({ path, publicUrl })
  const { audiences, issuers, unknownIssuers } = file
  const settings = { audiences, issuers, unknownIssuers, ownIssuer: publicUrl, log, fetch, now }
  const oidc = createOidcAuthenticator(settings, previous?.oidc)
  const tokens = createStaticTokens(file.tokens)
  return {
    rules: createAccessRules(file.grants, file.callAudiences),
    oidc,
    keyFiles: issuers.flatMap(({ jwksFile }) => jwksFile ?? []),
    identify: (token) => {
      // A static token may have dots, too, and look like a damaged JWT.
      const identity = tokens.authenticate(token) ?? oidc.authenticate(token)
      if (identity === undefined) throw unknownToken()
      return identity
    },
    close: () => oidc.close(),
  }
}
