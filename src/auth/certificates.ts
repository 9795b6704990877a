import type { ClientCertificate, Identity } from '../domain/access/identity.ts'
import { quote } from '../domain/errors.ts'
import { readableName } from './names.ts'
import { tokenInvalid } from './token-error.ts'

/** The issuer in the principals of client certificates. No issuer of OIDC has this name, because theirs are URLs. */
export const CERTIFICATE_ISSUER = 'waypost:certificate'

/** The most characters of a subject. A certificate with a longer one is refused. */
const MAX_SUBJECT_LENGTH = 1_024

/**
 * The identity that a client certificate proves. Its subject is the subject of the certificate. Throws `TOKEN_INVALID` if
 * no authority of `--tls-client-ca` signed the certificate, if it has expired, or if it has no subject.
 */
export function identityOfCertificate({ subject, isTrusted }: ClientCertificate): Identity {
  if (!isTrusted) {
    const fact = `the client certificate ${quote(subject)} has expired, or no trusted authority has signed it`
    throw tokenInvalid(fact, 'use a valid certificate of an authority that the server trusts, or none')
  }
  if (subject === '' || subject.length > MAX_SUBJECT_LENGTH) {
    const fact = `the subject of the client certificate has ${subject.length} characters`
    throw tokenInvalid(fact, `use a certificate with a subject of 1 to ${MAX_SUBJECT_LENGTH} characters`)
  }
  const principal = { name: readableName(`certificate:${subject}`), issuer: CERTIFICATE_ISSUER, subject }
  return { kind: 'certificate', principal, claims: {} }
}
