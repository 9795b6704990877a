import { type ErrorReason, invalidField, quote } from './errors.ts'
import { parseRevisionTag, type RevisionTag } from './revision-tag.ts'

declare const brand: unique symbol

/** A namespace that has been parsed, such as `my-org`. */
export type Namespace = string & { readonly [brand]: 'Namespace' }

/** A service name that has been parsed, such as `my-service`. */
export type Name = string & { readonly [brand]: 'Name' }

/** Identifies a service. As text: `my-org/my-service`. */
export interface ServiceId {
  readonly namespace: Namespace
  readonly name: Name
}

/** Identifies a revision of a service. As text: `my-org/my-service:1.2.9`. */
export interface Sruid extends ServiceId {
  readonly revisionTag: RevisionTag
}

const MAX_LENGTH = 128
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Parses a namespace and a name, or throws `INVALID_NAMESPACE` or `INVALID_NAME`. */
export function parseServiceId(namespace: string, name: string): ServiceId {
  return {
    namespace: parseKebabCase(namespace, 'namespace', 'INVALID_NAMESPACE') as Namespace,
    name: parseKebabCase(name, 'name', 'INVALID_NAME') as Name,
  }
}

/** Parses `namespace/name:revision_tag`, or throws `INVALID_SRUID` or the error of the part that is wrong. */
export function parseSruid(text: string): Sruid {
  const { service, revisionTag } = parseServiceReference(text)
  if (revisionTag === undefined)
    throw invalidSruid(text, 'namespace/name:revision_tag, such as my-org/my-service:1.2.9')
  return { ...service, revisionTag }
}

/** Parses `namespace/name` with or without `:revision_tag`: a service, or one revision of it. */
export function parseServiceReference(text: string): { service: ServiceId; revisionTag: RevisionTag | undefined } {
  const slash = text.indexOf('/')
  if (slash === -1) throw invalidSruid(text, 'namespace/name[:revision_tag], such as my-org/my-service:1.2.9')
  const colon = text.indexOf(':', slash)
  const service = parseServiceId(text.slice(0, slash), text.slice(slash + 1, colon === -1 ? undefined : colon))
  return { service, revisionTag: colon === -1 ? undefined : parseRevisionTag(text.slice(colon + 1)) }
}

/** The text of a service's identifier. The inverse of `parseServiceReference` without a tag. */
export function formatServiceId({ namespace, name }: ServiceId): string {
  return `${namespace}/${name}`
}

/** The text of a SRUID. The inverse of `parseSruid`. */
export function formatSruid(sruid: Sruid): string {
  return `${formatServiceId(sruid)}:${sruid.revisionTag}`
}

function parseKebabCase(text: string, field: 'namespace' | 'name', reason: ErrorReason): string {
  // The length goes first: the pattern then sees at most 128 characters.
  if (text.length <= MAX_LENGTH && KEBAB_CASE.test(text)) return text
  throw invalidField(
    reason,
    field,
    `${field} ${quote(text)} is not valid: it must be 1 to ${MAX_LENGTH} characters of lower kebab case ` +
      "(a-z and 0-9 in groups joined by single '-').",
  )
}

function invalidSruid(text: string, allowed: string) {
  return invalidField('INVALID_SRUID', 'sruid', `${quote(text)} is not valid: it must be ${allowed}.`)
}
