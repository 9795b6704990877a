import { escapeInvisible, RegistryError } from '../errors.ts'
import { formatServiceId } from '../sruid.ts'
import type { Identity } from './identity.ts'
import type { Permission, Resource } from './permission.ts'

/** The most characters that a refusal quotes of one claim, and of all of them. */
const MAX_VALUE = 160
const MAX_CLAIMS = 1_000

/**
 * The error for a caller without a permission: `TOKEN_MISSING` if the caller has shown nothing, and otherwise
 * `PERMISSION_DENIED`. It names the permission, the service and the caller with its own claims, and nothing of the grants.
 */
export function refusal(identity: Identity, permission: Permission, resource: Resource): RegistryError {
  const missing = `permission ${JSON.stringify(permission)} on ${describeResource(resource)} is missing for`
  if (identity.kind === 'anonymous') {
    const remedy = 'send a token in the header Authorization: Bearer TOKEN'
    return new RegistryError({ reason: 'TOKEN_MISSING', message: `${missing} callers without a token; ${remedy}.` })
  }
  const own = describeClaims(identity)
  const remedy = `ask the operator of the registry for a grant${own === '' ? '' : ` that fits these claims: ${own}`}`
  return new RegistryError({
    reason: 'PERMISSION_DENIED',
    message: `${missing} ${describeCaller(identity)}; ${remedy}.`,
  })
}

/** A service in a message: `"my-org/my-service"`. */
export function describeResource(resource: Resource): string {
  return resource === null ? 'any service' : JSON.stringify(formatServiceId(resource))
}

/** A value in a message, as JSON and at most some characters of it. */
export function quoteValue(value: unknown, most = MAX_VALUE): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const shown = text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text
  return escapeInvisible(typeof value === 'string' ? JSON.stringify(shown) : shown)
}

function describeCaller({ kind, principal }: Identity): string {
  const { name, issuer, subject } = principal
  if (kind === 'token' || kind === 'certificate') return `the ${kind} ${quoteValue(subject ?? name)}`
  return `${quoteValue(name)} (issuer ${quoteValue(issuer ?? '')}, subject ${quoteValue(subject ?? '')})`
}

// Claims about the token itself, which no grant should ask for, and the ones that the message has already.
const aboutToken = new Set([
  'iss',
  'sub',
  'aud',
  'azp',
  'exp',
  'iat',
  'nbf',
  'jti',
  'sid',
  'nonce',
  'at_hash',
  'c_hash',
  'auth_time',
  'typ',
])

// The claims that a grant probably names come first, because the list may be cut.
const telling = [
  ...['email', 'email_verified', 'repository', 'repository_id', 'repository_owner', 'repository_owner_id'],
  ...['job_workflow_ref', 'workflow_ref', 'ref', 'environment', 'project_path', 'project_id', 'namespace_path'],
  ...['ref_path', 'kubernetes.io', 'groups', 'hd'],
]

function describeClaims({ claims }: Identity): string {
  const named = Object.keys(claims).filter((name) => !aboutToken.has(name))
  const order = [...telling.filter((name) => named.includes(name)), ...named.filter((name) => !telling.includes(name))]
  const texts: string[] = []
  let length = 0
  for (const name of order) {
    const text = `${quoteName(name)} ${quoteValue(claims[name])}`
    length += text.length + 2
    if (length > MAX_CLAIMS) return [...texts, `and ${order.length - texts.length} more`].join(', ')
    texts.push(text)
  }
  return texts.join(', ')
}

// A name is shown as it is if it cannot be mistaken for a part of the sentence.
function quoteName(name: string): string {
  return /^[\w.:/-]{1,64}$/.test(name) ? name : quoteValue(name, 64)
}
