import type { Identity } from '../domain/access/identity.ts'

/**
 * The name of a caller in its tokens: the issuer and the subject of its credential, as one URI. Two callers never have the
 * same name, and a caller keeps its name. A credential without an issuer has `waypost:` and its kind in place of it.
 *
 * @example
 * toSubject(identity) // 'https://accounts.google.com#108204268033311374519'
 * toSubject(identity) // 'waypost:token#ci-legacy'
 * toSubject(anonymousIdentity) // 'waypost:anonymous'
 */
export function toSubject({ kind, principal }: Identity): string {
  if (kind === 'anonymous') return 'waypost:anonymous'
  const { issuer = `waypost:${kind}`, subject = principal.name } = principal
  // An issuer has no fragment, and the encoded subject has no "#". So the first "#" separates them.
  return `${issuer.replaceAll('#', '%23')}#${encodeURIComponent(subject)}`
}
