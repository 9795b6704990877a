import { fieldError, type RegistryError } from './errors.ts'
import type { Grammar } from './grammar.ts'
import { type Pairs, parseLabels, toPairs } from './labels.ts'
import { parseGrammar, parseText } from './text.ts'

/** Where a revision can be reached. The registry never calls it. */
export interface Endpoint {
  /** What is spoken there, such as `grpc` or `https`. */
  readonly protocol: string
  readonly uri: string
  /** Whatever a caller needs beside that. */
  readonly metadata: Pairs
}

/** What a revision was built from. A part that was not given is empty. */
export interface Source {
  readonly repository: string
  readonly commit: string
  readonly imageDigest: string
}

/** What whoever registers a revision can say of it. */
export interface RevisionInfo {
  readonly labels: Pairs
  readonly endpoints: readonly Endpoint[]
  readonly description: string
  readonly source: Source
}

/** The parts of the information as they are given. */
export interface GivenInfo {
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly endpoints?: readonly GivenEndpoint[] | undefined
  readonly description?: string | undefined
  readonly source?: Partial<Source> | undefined
}

export interface GivenEndpoint {
  readonly protocol: string
  readonly uri: string
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** The bounds: how many, and how many characters. */
export const infoLimits = {
  endpoints: 16,
  /** In all of them together, so that a page of revisions stays one. */
  endpointsText: 65_536,
  uri: 2048,
  metadata: 32,
  metadataKey: 63,
  metadataValue: 1024,
  description: 4096,
  repository: 2048,
  commit: 128,
} as const

/** The name of a protocol, as the scheme of a URI is written. */
export const protocolGrammar: Grammar = { pattern: /^[a-z][a-z0-9+.-]*$/, maxLength: 63 }

/** A URI with a scheme (RFC 3986, section 3), of characters that a URI may have. */
export const uriGrammar: Grammar = {
  pattern: /^[A-Za-z][A-Za-z0-9+.-]*:[\w.~:/?#[\]@!$&'()*+,;=%-]+$/,
  maxLength: infoLimits.uri,
}

/** The digest of an image: algorithm and value, as OCI has it. */
export const digestGrammar: Grammar = { pattern: /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/, maxLength: 255 }

const noSource: Source = { repository: '', commit: '', imageDigest: '' }

/** What a revision has of which nothing was said. */
export const noInfo: RevisionInfo = { labels: [], endpoints: [], description: '', source: noSource }

/**
 * Checks what was given. Throws `INVALID_LABELS`, `INVALID_ENDPOINTS`, `INVALID_DESCRIPTION` or `INVALID_SOURCE`. What is
 * absent is empty.
 */
export function parseInfo({ labels = {}, endpoints = [], description = '', source = {} }: GivenInfo): RevisionInfo {
  return {
    labels: parseLabels(labels),
    endpoints: parseEndpoints(endpoints),
    description: parseText(description, 'description', infoLimits.description, 'INVALID_DESCRIPTION'),
    source: parseSource(source),
  }
}

/** Names the parts in which two differ, as the API calls them. */
export function differences(a: RevisionInfo, b: RevisionInfo): (keyof RevisionInfo)[] {
  const parts = Object.keys(noInfo) as (keyof RevisionInfo)[]
  return parts.filter((part) => JSON.stringify(a[part]) !== JSON.stringify(b[part]))
}

function parseEndpoints(endpoints: readonly GivenEndpoint[]): Endpoint[] {
  const { length } = endpoints
  if (length > infoLimits.endpoints) {
    throw invalidEndpoints('endpoints', `has ${length} entries: it must have at most ${infoLimits.endpoints}.`)
  }
  const parsed = endpoints.map(parseEndpoint)
  const { length: textLength } = JSON.stringify(parsed)
  if (textLength <= infoLimits.endpointsText) return parsed
  const most = infoLimits.endpointsText
  throw invalidEndpoints('endpoints', `has ${textLength} characters in all: it must have at most ${most}, as JSON.`)
}

function parseEndpoint({ protocol, uri, metadata = {} }: GivenEndpoint, index: number): Endpoint {
  const field = (part: string) => `endpoints[${index}].${part}`
  const reason = 'INVALID_ENDPOINTS'
  const name = {
    reason,
    allowed: "1 to 63 of a-z, 0-9, '+', '.' or '-' that begin with a letter, such as grpc",
  } as const
  const place = { reason, allowed: `a URI with its scheme, of at most ${infoLimits.uri} characters` } as const
  return {
    protocol: parseGrammar(protocol, field('protocol'), protocolGrammar, name),
    uri: parseGrammar(uri, field('uri'), uriGrammar, place),
    metadata: parseMetadata(metadata, field('metadata')),
  }
}

function parseMetadata(metadata: Readonly<Record<string, string>>, field: string): Pairs {
  const pairs = toPairs(metadata)
  if (pairs.length > infoLimits.metadata) {
    throw invalidEndpoints(field, `has ${pairs.length} entries: it must have at most ${infoLimits.metadata}.`)
  }
  for (const [key, value] of pairs) {
    if (key === '')
      throw invalidEndpoints(field, `has an empty name: it must have 1 to ${infoLimits.metadataKey} characters.`)
    parseText(key, field, infoLimits.metadataKey, 'INVALID_ENDPOINTS')
    parseText(value, field, infoLimits.metadataValue, 'INVALID_ENDPOINTS')
  }
  return pairs
}

function parseSource({ repository = '', commit = '', imageDigest = '' }: Partial<Source>): Source {
  const reason = 'INVALID_SOURCE'
  const allowed = 'a digest with its algorithm, such as sha256:0a1b2c'
  return {
    repository: parseText(repository, 'source.repository', infoLimits.repository, reason),
    commit: parseText(commit, 'source.commit', infoLimits.commit, reason),
    imageDigest:
      imageDigest === '' ? '' : parseGrammar(imageDigest, 'source.image_digest', digestGrammar, { reason, allowed }),
  }
}

function invalidEndpoints(field: string, what: string): RegistryError {
  return fieldError('INVALID_ENDPOINTS', field, `${field} ${what}`)
}
