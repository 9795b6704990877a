import { fieldError } from './errors.ts'
import { tooMany } from './field-errors.ts'
import { type Grammar, parseGrammar } from './grammar.ts'
import { type Pairs, parseLabels, toPairs } from './labels/labels.ts'
import { parseText } from './text.ts'
import { refuseCredentials, refuseSecrets, requireScheme } from './uri.ts'

/** An address at which a revision can be reached. The registry never calls it. */
export interface Endpoint {
  /** The protocol of the endpoint, such as `grpc` or `https`. */
  readonly protocol: string
  readonly uri: string
  /** Other facts that a caller needs. */
  readonly metadata: Pairs
}

/** The source that a revision was built from. A part that was not given is empty. */
export interface Source {
  readonly repository: string
  readonly commit: string
  readonly imageDigest: string
}

/** The information about a revision that its registration and later updates give. */
export interface RevisionInfo {
  readonly labels: Pairs
  readonly endpoints: readonly Endpoint[]
  readonly description: string
  readonly source: Source
  /** The address of the documentation. Empty: none was given. */
  readonly documentationUri: string
}

/** The information about a revision before it is checked. */
export interface GivenInfo {
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly endpoints?: readonly GivenEndpoint[] | undefined
  readonly description?: string | undefined
  readonly source?: Partial<Source> | undefined
  readonly documentationUri?: string | undefined
}

export interface GivenEndpoint {
  readonly protocol: string
  readonly uri: string
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** The bounds of the information: numbers of entries, and numbers of characters. */
export const infoLimits = {
  endpoints: 16,
  /** The characters of all endpoints together, as JSON. It bounds the size of a page of revisions. */
  endpointsText: 65_536,
  uri: 2048,
  metadata: 32,
  metadataKey: 63,
  metadataValue: 1024,
  description: 4096,
  repository: 2048,
  commit: 128,
} as const

/** The name of a protocol, in the form of a URI scheme. */
export const protocolGrammar: Grammar = { pattern: /^[a-z][a-z0-9+.-]*$/, maxLength: 63 }

/** A URI with a scheme (RFC 3986, section 3). It contains only characters that a URI may contain. */
export const uriGrammar: Grammar = {
  pattern: /^[A-Za-z][A-Za-z0-9+.-]*:[\w.~:/?#[\]@!$&'()*+,;=%-]+$/,
  maxLength: infoLimits.uri,
}

/** The digest of an image: an algorithm and a value, as in OCI. */
export const digestGrammar: Grammar = { pattern: /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/, maxLength: 255 }

/** An https URI with a host, an optional port, and no user (RFC 3986, section 3). */
export const documentationUriGrammar: Grammar = {
  pattern: /^https:\/\/[\w.~%-]+(?::\d{1,5})?(?:[/?#][\w.~:/?#[\]@!$&'()*+,;=%-]*)?$/i,
  maxLength: infoLimits.uri,
}

/** The rules of one part: its value if none is given, its parser, and its equality. */
interface Part<T> {
  readonly none: T
  parse(given: GivenInfo): T
  isSame(a: T, b: T): boolean
}

// A new part of the information needs a line here and one in each of the interfaces `RevisionInfo` and `GivenInfo`.
const parts: { readonly [P in keyof RevisionInfo]: Part<RevisionInfo[P]> } = {
  labels: { none: [], parse: ({ labels = {} }) => parseLabels(labels), isSame: isSamePairs },
  endpoints: { none: [], parse: ({ endpoints = [] }) => parseEndpoints(endpoints), isSame: isSameEndpoints },
  description: {
    none: '',
    parse: ({ description = '' }) =>
      parseText(description, 'description', infoLimits.description, 'INVALID_DESCRIPTION'),
    isSame: Object.is,
  },
  source: {
    none: { repository: '', commit: '', imageDigest: '' },
    parse: ({ source = {} }) => parseSource(source),
    isSame: (a, b) => a.repository === b.repository && a.commit === b.commit && a.imageDigest === b.imageDigest,
  },
  documentationUri: {
    none: '',
    parse: ({ documentationUri = '' }) => parseDocumentationUri(documentationUri),
    isSame: Object.is,
  },
}

const partNames = Object.keys(parts) as readonly (keyof RevisionInfo)[]

/** The parts that can change after the registration. */
export const updatableParts = ['labels', 'endpoints', 'description', 'documentationUri'] as const

/** A part that can change after the registration. */
export type UpdatablePart = (typeof updatableParts)[number]

/** Empty information. */
export const noInfo: RevisionInfo = mapParts((name) => parts[name].none)

/**
 * Parses the information about a revision. An absent part is empty. Throws `INVALID_LABELS`, `INVALID_ENDPOINTS`,
 * `INVALID_DESCRIPTION`, `INVALID_SOURCE` or `INVALID_INFORMATION`.
 */
export function parseInfo(given: GivenInfo): RevisionInfo {
  return mapParts((name) => parts[name].parse(given))
}

/**
 * Throws `INVALID_ENDPOINTS` if an endpoint has a scheme that is not in `schemes`. Stored endpoints may have any, because
 * an earlier version or a registry with other settings accepted them.
 */
export function requireSchemes(endpoints: readonly Endpoint[], schemes: ReadonlySet<string>): void {
  for (const [index, { uri }] of endpoints.entries()) requireScheme(uri, `endpoints[${index}].uri`, schemes)
}

/** The names of the parts in which `a` and `b` differ. */
export function differences(a: RevisionInfo, b: RevisionInfo): readonly (keyof RevisionInfo)[] {
  return partNames.filter((name) => !isSamePart(name, a, b))
}

/** The name of a part in the API, such as `documentation_uri`. */
export function fieldNameOf(part: keyof RevisionInfo): string {
  return part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Whether `a` and `b` are the same in every part. */
export function isSameInfo(a: RevisionInfo, b: RevisionInfo): boolean {
  return a === b || differences(a, b).length === 0
}

/** The parts that are not empty. */
export function givenParts(info: RevisionInfo): Partial<RevisionInfo> {
  const given = differences(info, noInfo)
  return Object.fromEntries(given.map((name) => [name, info[name]]))
}

function isSamePart<P extends keyof RevisionInfo>(name: P, a: RevisionInfo, b: RevisionInfo): boolean {
  return a[name] === b[name] || parts[name].isSame(a[name], b[name])
}

function mapParts(toValue: <P extends keyof RevisionInfo>(name: P) => RevisionInfo[P]): RevisionInfo {
  return {
    labels: toValue('labels'),
    endpoints: toValue('endpoints'),
    description: toValue('description'),
    source: toValue('source'),
    documentationUri: toValue('documentationUri'),
  }
}

function isSamePairs(a: Pairs, b: Pairs): boolean {
  return a.length === b.length && a.every(([key, value], index) => key === b[index]?.[0] && value === b[index]?.[1])
}

function isSameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return a.length === b.length && a.every((endpoint, index) => isSameEndpoint(endpoint, b[index]))
}

function isSameEndpoint(a: Endpoint, b: Endpoint | undefined): boolean {
  return b !== undefined && a.protocol === b.protocol && a.uri === b.uri && isSamePairs(a.metadata, b.metadata)
}

function parseEndpoints(endpoints: readonly GivenEndpoint[]): Endpoint[] {
  const { length } = endpoints
  if (length > infoLimits.endpoints) throw tooManyIn('endpoints', `${length} entries`, infoLimits.endpoints)
  if (length === 0) return []
  const parsed = endpoints.map(parseEndpoint)
  const { length: textLength } = JSON.stringify(parsed)
  if (textLength <= infoLimits.endpointsText) return parsed
  throw tooManyIn('endpoints', `${textLength} characters as JSON`, infoLimits.endpointsText)
}

function parseEndpoint({ protocol, uri, metadata = {} }: GivenEndpoint, index: number): Endpoint {
  const field = (part: string) => `endpoints[${index}].${part}`
  const reason = 'INVALID_ENDPOINTS'
  const aProtocol = `1 to 63 of a-z, 0-9, '+', '.' or '-' that begin with a letter, such as "grpc"`
  const aUri = `a URI with its scheme, such as "https://api.example.com", of at most ${infoLimits.uri} characters`
  // The error of the grammar repeats the text.
  refuseCredentials(uri, field('uri'), reason)
  return {
    protocol: parseGrammar(protocol, field('protocol'), protocolGrammar, { reason, allowed: aProtocol }),
    uri: parseGrammar(uri, field('uri'), uriGrammar, { reason, allowed: aUri }),
    metadata: parseMetadata(metadata, field('metadata')),
  }
}

function parseMetadata(metadata: Readonly<Record<string, string>>, field: string): Pairs {
  const pairs = toPairs(metadata)
  if (pairs.length > infoLimits.metadata) throw tooManyIn(field, `${pairs.length} entries`, infoLimits.metadata)
  for (const [key, value] of pairs) {
    if (key === '') throw emptyKey(field)
    parseText(key, field, infoLimits.metadataKey, 'INVALID_ENDPOINTS')
    parseText(value, field, infoLimits.metadataValue, 'INVALID_ENDPOINTS')
  }
  return pairs
}

function parseDocumentationUri(text: string): string {
  const allowed = `an https URI of at most ${infoLimits.uri} characters, such as "https://docs.example.com/my-service"`
  const reason = 'INVALID_INFORMATION'
  if (text === '') return text
  refuseCredentials(text, 'documentation_uri', reason)
  return parseGrammar(text, 'documentation_uri', documentationUriGrammar, { reason, allowed })
}

function parseSource({ repository = '', commit = '', imageDigest = '' }: Partial<Source>): Source {
  const reason = 'INVALID_SOURCE'
  const allowed = 'a digest with its algorithm, such as "sha256:0a1b2c"'
  refuseSecrets(repository, 'source.repository', reason)
  return {
    repository: parseText(repository, 'source.repository', infoLimits.repository, reason),
    commit: parseText(commit, 'source.commit', infoLimits.commit, reason),
    imageDigest:
      imageDigest === '' ? '' : parseGrammar(imageDigest, 'source.image_digest', digestGrammar, { reason, allowed }),
  }
}

function tooManyIn(field: string, amount: string, most: number) {
  return tooMany('INVALID_ENDPOINTS', field, amount, most)
}

function emptyKey(field: string) {
  const description = `${field} has an empty name; use names of 1 to ${infoLimits.metadataKey} characters.`
  return fieldError('INVALID_ENDPOINTS', field, description)
}
