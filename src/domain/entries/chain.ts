import { hash } from 'node:crypto'
import type { Principal } from '../access/principal.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { Entry, Link } from '../log.ts'
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
// chain. The text is put together by hand, because each registration needs it. No service, tag or writer contains a
// character that JSON would escape.
function canonicalForm(entry: Hashed, delta: Delta, salt: string): string {
  const { service, generation, time, revision, principal, writer, request } = entry
  const { issuer = '' } = principal
  const by = `{"digest":"${principalDigest(principal, salt)}","issuer":${JSON.stringify(issuer)}}`
  const where = `"service":"${formatServiceId(service)}","tag":"${revision?.revisionTag ?? ''}"`
  return `{"delta":${canonicalJson(delta)},"generation":${generation},"principal":${by},"request":${canonicalJson(request)},${where},"time":${time},"writer":"${writer}"}`
}

/**
 * The SHA-256 of the salt and the canonical JSON of the principal's subject, name and claims, in base64url. If these were
 * removed, the principal has the digest.
 */
export function principalDigest(principal: Principal, salt: string): string {
  if (isRedacted(principal, salt)) return principal.digest
  return salt === '' ? (unsalted.get(principal) ?? addUnsalted(principal)) : digestOf(principal, salt)
}

// Without a salt, the digest of a principal is always the same. Most calls have the same one.
const unsalted = new WeakMap<Principal, string>()

function addUnsalted(principal: Principal): string {
  const digest = digestOf(principal, '')
  unsalted.set(principal, digest)
  return digest
}

/** The name of a principal whose own name was removed. */
export const REDACTED = 'redacted'

/**
 * The principal without its subject, name and claims. The digest stands for them, so every hash stays right. Without
 * the salt, nobody can find out by trying which name it was.
 */
export function redactPrincipal(principal: Principal, salt: string): Principal {
  const { issuer } = principal
  return { name: REDACTED, ...(issuer !== undefined && { issuer }), digest: principalDigest(principal, salt) }
}

/**
 * Whether nothing of a principal is left except its digest. A digest beside a name, a subject, claims or a salt proves
 * nothing of them, so it does not count.
 */
function isRedacted(principal: Principal, salt: string): principal is Principal & { readonly digest: string } {
  const { name, subject, claims, digest } = principal
  return digest !== undefined && name === REDACTED && subject === undefined && claims === undefined && salt === ''
}

function digestOf({ subject = '', name, claims = {} }: Principal, salt: string): string {
  return sha256(salt + canonicalJson({ claims, name, subject }))
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}
