import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { CallTokenIssuer, CallTokenOrder } from '../registry/tokens/call-token-issuer.ts'
import { callTokenFailed } from './call-token-failed.ts'
import { toSubject } from './caller-subject.ts'
import type { SigningKey } from './keys/signing-key.ts'

/** The parts of an issuer of JWTs. */
export interface JwtIssuerParts {
  /** The URL of the registry: the issuer of the tokens. */
  readonly publicUrl: string
  readonly keys: { readonly current: SigningKey }
  /** The wall clock, in milliseconds since 1970 (UTC). Default: the machine's. */
  readonly now?: () => number
}

/** Issues access tokens as RFC 9068 describes them, signed with ES256. */
export function createJwtIssuer({ publicUrl, keys, now = Date.now }: JwtIssuerParts): CallTokenIssuer {
  return {
    issue: async (order) => {
      const { kid, privateKey } = keys.current
      const header = { alg: 'ES256', typ: 'at+jwt', kid }
      const claims = claimsOf(order, { publicUrl, now: now() })
      const signing = new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
      const accessToken = await signing.catch((cause) => {
        throw callTokenFailed(order, cause)
      })
      return { accessToken, expiresInS: order.lifetimeS }
    },
  }
}

function claimsOf(
  { revision, generation, audience, caller, lifetimeS }: CallTokenOrder,
  { publicUrl, now }: { readonly publicUrl: string; readonly now: number },
) {
  const { namespace, name, revisionTag } = revision
  const subject = toSubject(caller)
  const issuedAt = Math.floor(now / 1000)
  return {
    iss: publicUrl,
    aud: audience,
    sub: subject,
    client_id: subject,
    iat: issuedAt,
    exp: issuedAt + lifetimeS,
    jti: randomUUID(),
    waypost: { namespace, name, revision_tag: revisionTag, generation },
  }
}
