import { fieldError, type KnownReason, quote } from './errors.ts'
import { fitsGrammar, type Grammar } from './grammar.ts'
import { parseRevisionTag, type RevisionTag } from './revision-tag.ts'

declare const brand: unique symbol

/**
 * A namespace that has been parsed: lower kebab case, 1 to 128 characters. It is a string wherever one is wanted.
 *
 * @example
 * const namespace: Namespace = parseSruid('my-org/my-service:1.2.9').namespace // 'my-org'
 */
export type Namespace = string & { readonly [brand]: 'Namespace' }

/**
 * A service name that has been parsed: lower kebab case, 1 to 128 characters. It is a string wherever one is wanted.
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
 * Identifies a revision of a service: a service revision unique identifier. As text: `my-org/my-service:1.2.9`.
 *
 * @example
 * const sruid: Sruid = parseSruid('my-org/my-service:1.2.9')
 */
export interface Sruid extends ServiceId {
  /** Such as `1.2.9`. */
  readonly revisionTag: RevisionTag
}

/**
 * A service, or one revision of it: what a lookup takes, parsed.
 *
 * @example
 * const { service, revisionTag }: ServiceReference = parseServiceReference('my-org/my-service:1.2.9')
 */
export interface ServiceReference {
  /** The service. */
  readonly service: ServiceId
  /** The tag of the revision; undefined where the reference is to the service. */
  readonly revisionTag: RevisionTag | undefined
}

/**
 * The parts of a SRUID as text that may not have been parsed, such as those of an answer.
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

/** Parses a namespace and a name, or throws `INVALID_NAMESPACE` or `INVALID_NAME`. */
export function parseServiceId(namespace: string, name: string): ServiceId {
  return {
    namespace: parseKebabCase(namespace, 'namespace', 'INVALID_NAMESPACE') as Namespace,
    name: parseKebabCase(name, 'name', 'INVALID_NAME') as Name,
  }
}

/**
 * Parses `namespace/name:revision_tag`. The inverse of `formatSruid`.
 *
 * @throws RegistryError `invalid_argument` with the reason `INVALID_SRUID`, or that of the part that is wrong:
 *   `INVALID_NAMESPACE`, `INVALID_NAME`, `INVALID_REVISION_TAG`.
 * @example
 * parseSruid('my-org/my-service:1.2.9') // { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' }
 */
export function parseSruid(text: string): Sruid {
  const { service, revisionTag } = parseServiceReference(text)
  if (revisionTag === undefined)
    throw invalidSruid(text, 'namespace/name:revision_tag, such as my-org/my-service:1.2.9')
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

/** The parts of `namespace/name` with or without `:revision_tag`, unchecked. Throws `INVALID_SRUID` if there is no slash. */
export function splitServiceReference(text: string): Omit<SruidParts, 'revisionTag'> & Partial<SruidParts> {
  const slash = text.indexOf('/')
  if (slash === -1) throw invalidSruid(text, 'namespace/name[:revision_tag], such as my-org/my-service:1.2.9')
  const colon = text.indexOf(':', slash)
  const service = { namespace: text.slice(0, slash), name: text.slice(slash + 1, colon === -1 ? undefined : colon) }
  return colon === -1 ? service : { ...service, revisionTag: text.slice(colon + 1) }
}

/** What the text of a service can begin with. */
export const servicePrefixGrammar: Grammar = { pattern: /^[a-z0-9-]*(?:\/[a-z0-9-]*)?$/, maxLength: 257 }

/** Parses what the text of a service begins with, empty for any, or throws `INVALID_PREFIX`. */
export function parseServicePrefix(text: string): string {
  if (fitsGrammar(text, servicePrefixGrammar)) return text
  throw fieldError(
    'INVALID_PREFIX',
    'prefix',
    `prefix ${quote(text)} is not valid: it must be the beginning of namespace/name, such as my-org/ or my-org/my-s.`,
  )
}

/** The text of a service's identifier. The inverse of `parseServiceReference` without a tag. */
export function formatServiceId({ namespace, name }: ServiceId): string {
  return `${namespace}/${name}`
}

/**
 * The text of a SRUID. The inverse of `parseSruid`. It joins the parts as they are: what has not been parsed is not
 * checked.
 *
 * @example
 * formatSruid({ namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' }) // 'my-org/my-service:1.2.9'
 */
export function formatSruid({ namespace, name, revisionTag }: SruidParts): string {
  return `${namespace}/${name}:${revisionTag}`
}

function parseKebabCase(text: string, field: 'namespace' | 'name', reason: KnownReason): string {
  if (fitsGrammar(text, serviceNameGrammar)) return text
  throw fieldError(
    reason,
    field,
    `${field} ${quote(text)} is not valid: it must be 1 to ${serviceNameGrammar.maxLength} characters of lower kebab case ` +
      "(a-z and 0-9 in groups joined by single '-').",
  )
}

function invalidSruid(text: string, allowed: string) {
  return fieldError('INVALID_SRUID', 'sruid', `${quote(text)} is not valid: it must be ${allowed}.`)
}
