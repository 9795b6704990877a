import type { TokenFunction } from '../../../client/index.ts'
import type { TokenSource } from './values.ts'

/** The flags that say how the command proves who calls. */
export interface CredentialFlags {
  readonly registry: string
  readonly token?: string
  /** Empty: the command gets no token from elsewhere. */
  readonly tokenFrom: TokenSource | ''
  /** Empty: the default. */
  readonly audience: string
  /** The path of the client certificate; empty: none. */
  readonly cert: string
  /** The registry of the profile, if the profile has credentials for this one, and the command calls another one. */
  readonly withheldFor?: string
}

/** The beginning of the description of a command that sends neither a token nor a certificate. */
export const NO_TOKEN = 'no token'
/** The description of a command that shows only a certificate. */
export const CERTIFICATE = 'the certificate of --cert'

/** The token to send, or a function that gets it; undefined: none is sent. */
export function tokenOf(flags: CredentialFlags): string | TokenFunction | undefined {
  const { token, tokenFrom } = flags
  return tokenFrom === '' ? token : fetchedFrom(tokenFrom, audienceOf(flags))
}

/** How the command proves who calls, for messages. It contains no secret. */
export function describeCredential(flags: CredentialFlags): string {
  const { token, tokenFrom, cert, registry, withheldFor } = flags
  if (tokenFrom !== '') {
    if (tokenFrom.kind === 'file') return `the token of --token-from file:${tokenFrom.path}`
    return `the token of --token-from ${tokenFrom.kind} for the audience ${JSON.stringify(audienceOf(flags))}`
  }
  if (token !== undefined) return 'the token of --token (WAYPOST_TOKEN)'
  if (cert !== '' && registry.startsWith('https:')) return CERTIFICATE
  const why = `, because the profile has its credentials for ${JSON.stringify(withheldFor)} only`
  return `${NO_TOKEN}${withheldFor === undefined ? '' : why}`
}

// The services of a registry are at this address. The SDK of Octue uses it as the audience, too.
function audienceOf({ audience, registry }: CredentialFlags): string {
  return audience || `${registry.replace(/\/+$/, '')}/services`
}

// A source is loaded only if it is used.
function fetchedFrom(source: TokenSource, audience: string): TokenFunction {
  return async (options) => (await sourceOf(source, audience))(options)
}

async function sourceOf(source: TokenSource, audience: string): Promise<TokenFunction> {
  if (source.kind === 'file') return (await import('../../../client/tokens/file-token.ts')).fileToken(source.path)
  if (source.kind === 'github') {
    return (await import('../../../client/tokens/github-token.ts')).githubToken({ audience })
  }
  return (await import('../../../client/tokens/google-token.ts')).googleToken({ audience })
}
