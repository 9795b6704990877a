import { notValid } from './field-errors.ts'
import { type Grammar, type GrammarError, parseGrammar } from './grammar.ts'
import { parseRevisionTag, type RevisionTag } from './revision-tag.ts'

declare const brand: unique symbol

/**
 * A parsed namespace: lower kebab case, 1 to 128 characters. It can be used as a string.
 *
 * @example
 * const namespace: Namespace = parseSruid('my-org/my-service:1.2.9').namespace // 'my-org'
 */
export type Namespace = string & { readonly [brand]: 'Namespace' }

/**
 * A parsed service name: lower kebab case, 1 to 128 characters. It can be used as a string.
 *
 * @example
 * const name: Name = parseSruid('my-org/my-service:1.2.9').name // 'my-service'
 */
export type Name = string & { readonly [brand]: 'Name' }

/**
 * Identifies a service. As text: `my-org/my-service`.
 *
 * @example
 * const { service }: { service: ServiceId } = parseServiceReference('my-org/my-service')
 */
export interface ServiceId {
  /** Such as `my-org`. */
  readonly namespace: Namespace
  /** Such as `my-service`. */
  readonly name: Name
}

/**
 * A service revision unique identifier: it identifies one revision of a service. As text: `my-org/my-service:1.2.9`.
 *
 * @example
 * const sruid: Sruid = parseSruid('my-org/my-service:1.2.9')
 */
export interface Sruid extends ServiceId {
  /** Such as `1.2.9`. */
  readonly revisionTag: RevisionTag
}

/**
 * A parsed reference to a service, or to one revision of it.
 *
 * @example
 * const { service, revisionTag }: ServiceReference = parseServiceReference('my-org/my-service:1.2.9')
 */
export interface ServiceReference {
  /** The service. */
  readonly service: ServiceId
  /** The tag of the revision. Undefined: the reference is to the service. */
  readonly revisionTag: RevisionTag | undefined
}

/**
 * The parts of a SRUID as plain text, such as the parts in an answer. They need not have been parsed.
 *
 * @example
 * const parts: SruidParts = { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' }
 */
export interface SruidParts {
  /** Such as `my-org`. */
  readonly namespace: string
  /** Such as `my-service`. */
  readonly name: string
  /** Such as `1.2.9`. */
  readonly revisionTag: string
}

/** The grammar of a namespace and of a name: lower kebab case. */
export const serviceNameGrammar: Grammar = { pattern: /^[a-z0-9]+(?:-[a-z0-9]+)*$/, maxLength: 128 }

// Every call parses a service, so nothing is made for it.
const namespaceError: GrammarError = { reason: 'INVALID_NAMESPACE', allowed: kebabCaseLike('my-org') }
const nameError: GrammarError = { reason: 'INVALID_NAME', allowed: kebabCaseLike('my-service') }

/** Parses a namespace and a name, or throws `INVALID_NAMESPACE` or `INVALID_NAME`. */
export function parseServiceId(namespace: string, name: string): ServiceId {
  return {
    namespace: parseGrammar(namespace, 'namespace', serviceNameGrammar, namespaceError) as Namespace,
    name: parseGrammar(name, 'name', serviceNameGrammar, nameError) as Name,
  }
}

/**
 * Parses `namespace/name:revision_tag`. The inverse of `formatSruid`.
 *
 * @throws RegistryError `invalid_argument`, with the reason `INVALID_SRUID` or the reason of the part that is not
 *   valid: `INVALID_NAMESPACE`, `INVALID_NAME` or `INVALID_REVISION_TAG`.
 * @example
 * parseSruid('my-org/my-service:1.2.9') // { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' }
 */
export function parseSruid(text: string): Sruid {
  const { service, revisionTag } = parseServiceReference(text)
  if (revisionTag === undefined) throw invalidSruid(text, 'namespace/name:revision_tag')
  return { ...service, revisionTag }
}

/**
 * Parses `namespace/name` with or without `:revision_tag`: a service, or one revision of it.
 *
 * @throws RegistryError As `parseSruid`.
 * @example
 * const { service, revisionTag } = parseServiceReference('my-org/my-service') // revisionTag is undefined
 */
export function parseServiceReference(text: string): ServiceReference {
  const { namespace, name, revisionTag } = splitServiceReference(text)
  const service = parseServiceId(namespace, name)
  return { service, revisionTag: revisionTag === undefined ? undefined : parseRevisionTag(revisionTag) }
}

/** Splits `namespace/name[:revision_tag]` and does not check its parts. Throws `INVALID_SRUID` if there is no slash. */
export function splitServiceReference(text: string): Omit<SruidParts, 'revisionTag'> & Partial<SruidParts> {
  const slash = text.indexOf('/')
  if (slash === -1) throw invalidSruid(text, 'namespace/name or namespace/name:revision_tag')
  const colon = text.indexOf(':', slash)
  const service = { namespace: text.slice(0, slash), name: text.slice(slash + 1, colon === -1 ? undefined : colon) }
  return colon === -1 ? service : { ...service, revisionTag: text.slice(colon + 1) }
}

/** The beginning of `namespace/name`. */
export const servicePrefixGrammar: Grammar = { pattern: /^[a-z0-9-]*(?:\/[a-z0-9-]*)?$/, maxLength: 257 }

/** Parses the beginning of `namespace/name`, or throws `INVALID_PREFIX`. The text may be empty. */
export function parseServicePrefix(text: string): string {
  const allowed = 'the beginning of namespace/name, such as "my-org/" or "my-org/my-s"'
  return parseGrammar(text, 'prefix', servicePrefixGrammar, { reason: 'INVALID_PREFIX', allowed })
}

/** Writes a service as `namespace/name`. The inverse of `parseServiceReference` without a tag. */
export function formatServiceId({ namespace, name }: ServiceId): string {
  return `${namespace}/${name}`
}

/**
 * Writes a SRUID as `namespace/name:revision_tag`. The inverse of `parseSruid`. It does not check the parts.
 *
 * @example
 * formatSruid({ namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' }) // 'my-org/my-service:1.2.9'
 */
export function formatSruid({ namespace, name, revisionTag }: SruidParts): string {
  return `${namespace}/${name}:${revisionTag}`
}

function kebabCaseLike(example: string): string {
  return `lower kebab case, such as "${example}", of 1 to ${serviceNameGrammar.maxLength} characters`
}

function invalidSruid(text: string, format: string) {
  return notValid('INVALID_SRUID', 'sruid', text, `${format}, such as "my-org/my-service:1.2.9"`)
}
