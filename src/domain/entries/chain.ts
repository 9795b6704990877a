import { hash } from 'node:crypto'
import { canonicalJson } from '../canonical-json.ts'
import type { Entry, Link } from '../log.ts'
import type { Principal } from '../principal.ts'
import { formatServiceId, type Sruid } from '../sruid.ts'
import type { Delta } from './delta.ts'

/** The parts of an entry that its hash covers. */
export interface Hashed extends Pick<Entry, 'service' | 'generation' | 'time' | 'principal' | 'writer' | 'request'> {
  readonly revision: Pick<Sruid, 'revisionTag'> | null
}

/** The parts of a link that the hash is computed from. */
export type Unhashed = Omit<Link, 'hash'>

/**
 * The hash of an entry: the SHA-256 of the hash before it and the canonical form of the entry, in base64url. A change of
 * an entry, or of the order of entries, changes every hash after it.
 */
export function hashOf(entry: Hashed, { prev, delta, salt }: Unhashed): string {
  return sha256(prev + canonicalForm(entry, delta, salt))
}

// The digest stands for the principal, so that the text of the principal can be removed from a log without breaking its
// chain.
function canonicalForm(entry: Hashed, delta: Delta, salt: string): string {
  const { service, generation, time, revision, principal, writer, request } = entry
  return canonicalJson({
    service: formatServiceId(service),
    generation,
    time,
    tag: revision?.revisionTag ?? '',
    delta,
    writer,
    request,
    principal: { issuer: principal.issuer ?? '', digest: principalDigest(principal, salt) },
  })
}

/** The SHA-256 of the salt and the canonical JSON of the principal's subject, name and claims, in base64url. */
export function principalDigest({ subject = '', name, claims = {} }: Principal, salt: string): string {
  return sha256(salt + canonicalJson({ subject, name, claims }))
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}
