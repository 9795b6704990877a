import { anonymous, type Principal } from './principal.ts'

/** The proofs of its identity that a caller has shown. */
export interface Credentials {
  /** The header `Authorization`, as it was sent. Undefined: the caller sent none. */
  readonly authorization: string | undefined
  /** The certificate that the caller has shown in the handshake of TLS. Undefined: none. */
  readonly certificate: ClientCertificate | undefined
}

/** A certificate of a client. */
export interface ClientCertificate {
  /** Its subject, as `CN=deployer,O=My Org`: the most specific part first, and escaped as RFC 4514 says. */
  readonly subject: string
  /** Whether one of the authorities of `--tls-client-ca` has signed it, and it is valid now. */
  readonly isTrusted: boolean
}

/** The verified identity of a caller, with all facts that its credential proves. The same caller has the same object. */
export interface Identity {
  /** The kind of its credential: an OIDC token, a static token, or a certificate. */
  readonly kind: 'anonymous' | 'oidc' | 'token' | 'certificate'
  /** Its name, issuer and subject, which an entry of the log keeps. It has no claims. */
  readonly principal: Principal
  /** All claims of its token. Empty if its credential has none. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** The identity of a caller that has shown nothing. */
export const anonymousIdentity: Identity = { kind: 'anonymous', principal: anonymous, claims: {} }
