import type { AliasName } from '../../../domain/alias.ts'
import type { RevisionTag } from '../../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import type { RevisionSelector } from '../../store.ts'
import type { FoundDocument } from './found-entry.ts'
import { aliasField, DEFAULT_FIELD, type LookupQuery, pipelinesOf, type Role } from './lookup-query.ts'
import { union } from './pipelines.ts'
import type { Place, RecalledDocuments } from './places.ts'

/** The wish of one lookup. */
export interface Wanted {
  readonly service: ServiceId
  /** The generation to read at. Default: the newest. */
  readonly generation?: number | undefined
  /** Whether the next entry builds on the answer. Default: false. */
  readonly isForChange?: boolean | undefined
  /** The revision to find. Null: none. */
  readonly revision: RevisionSelector | null
}

/** The documents that a lookup has found. */
export interface Found {
  /** The entry of the generation to read at. */
  readonly at: FoundDocument
  /** The newest entry of the revision. It may be newer than `at`, if it was appended at this very moment. */
  readonly ofRevision: FoundDocument | undefined
}

/** A found document, with the number of the part of the command that found it, unless the command has only one. */
export type LabelledDocument = FoundDocument & { readonly part?: number }

/** A lookup, or a search for the newest id, a request or a place, which needs nothing else of the service. */
export interface Waiting {
  readonly wanted: Wanted | WantedId | Requested | Placed
  readonly answer: (documents: FoundDocuments) => void
  readonly reject: (reason: unknown) => void
}

interface WantedId {
  readonly service: ServiceId
  readonly wants: 'newest-id'
}

interface Requested {
  readonly service: ServiceId
  readonly requestId: string
}

interface Placed {
  readonly service: ServiceId
  readonly place: Place
}

/** The documents of one query. */
export interface FoundDocuments extends RecalledDocuments {
  /** The id of the newest entry. */
  newestId: string | undefined
  /** The entries to read at, by their generations. */
  readonly entries: Map<number, FoundDocument>
  readonly byTag: Map<string | undefined, FoundDocument>
  readonly byRequest: Map<string | undefined, FoundDocument>
}

/** Lookups of one service, and their query. */
export interface Batch {
  readonly query: LookupQuery
  readonly waiting: Waiting[]
}

/** The most parts of a batch. Each takes a stage of the command, and MongoDB limits their number. */
const PARTS_PER_BATCH = 64
const PARTS_OF_ALIAS = 4

/** Puts lookups of the same service together. Those of tags at a generation are apart for each generation. */
export function toBatches(waiting: readonly Waiting[]): Batch[] {
  const batches: Batch[] = []
  const open = new Map<string, Batch>()
  for (const each of waiting) {
    const { service, generation, isForChange = false, revision }: PartlyWanted = each.wanted
    const at = generation === undefined || revision?.by === 'tag' ? generation : 'past'
    const key = `${formatServiceId(service)} ${at} ${isForChange}`
    let batch = open.get(key)
    if (batch === undefined || partsOf(batch) >= PARTS_PER_BATCH) {
      batch = { query: emptyQuery({ service, isForChange }), waiting: [] }
      batches.push(batch)
      open.set(key, batch)
    }
    addTo(batch.query, each.wanted)
    batch.waiting.push(each)
  }
  return batches
}

type PartlyWanted = Partial<Wanted> & Pick<Wanted, 'service'>

// All tags are one part. An alias counts as several, because its revision comes in the document of the service, which may
// have 16 MB.
function partsOf({ query: { generations, requests, places, aliases } }: Batch): number {
  return 2 + generations.size + requests.size + places.size + PARTS_OF_ALIAS * aliases.size
}

/** Puts batches together that share a command, at most this many batches and about this many parts. */
export function inCommands(batches: readonly Batch[], most: { readonly batches: number; readonly parts: number }) {
  const commands: Batch[][] = []
  let parts = 0
  for (const batch of batches) {
    const more = partsOf(batch)
    const last = commands.at(-1)
    if (last === undefined || last.length === most.batches || parts + more > most.parts) {
      commands.push([batch])
      parts = more
    } else {
      last.push(batch)
      parts += more
    }
  }
  return commands
}

function emptyQuery(of: Pick<LookupQuery, 'service' | 'isForChange'>): LookupQuery {
  const needs = { needsNewestId: false, needsEntry: false, needsAliases: of.isForChange, needsDefault: false }
  const sets = { generations: new Set<number>(), aliases: new Set<AliasName>(), tags: new Set<RevisionTag>() }
  return { ...of, ...needs, ...sets, requests: new Set(), places: new Set() }
}

function addTo(query: LookupQuery, wanted: Waiting['wanted']): void {
  if ('wants' in wanted) {
    query.needsNewestId = true
    return
  }
  if ('place' in wanted) {
    query.places.add(wanted.place)
    return
  }
  if ('requestId' in wanted) {
    query.requests.add(wanted.requestId)
    return
  }
  const { revision, generation } = wanted
  query.needsEntry = true
  if (generation !== undefined) query.generations.add(generation)
  if (revision?.by === 'tag') query.tags.add(revision.tag)
  if (revision?.by === 'default') query.needsDefault = true
  if (revision?.by === 'alias') query.aliases.add(revision.alias)
  if (revision === null || revision.by === 'alias') query.needsAliases = true
}

/** A command that answers batches. */
export interface LookupCommand {
  readonly pipeline: object[]
  /** Sorts the documents that the command has found. The result has the documents of each batch. */
  sort(documents: readonly LabelledDocument[]): FoundDocuments[]
}

/** The command that answers all batches. */
export function toCommand(batches: readonly Batch[]): LookupCommand {
  const parts = batches.flatMap(({ query }, index) => pipelinesOf(query).map((part) => ({ ...part, index })))
  const [only, ...others] = parts
  return {
    // Most commands have only one part, and each stage takes time.
    pipeline:
      only !== undefined && others.length === 0
        ? [...only.pipeline]
        : union(parts.map(({ pipeline }, part) => [...pipeline, { $addFields: { part: { $literal: part } } }])),
    sort: (documents) => {
      const found = batches.map(() => emptyDocuments())
      for (const document of documents) {
        const { role, index } = parts[document.part ?? 0] as (typeof parts)[number]
        addDocument(found[index] as FoundDocuments, role, document)
      }
      return found
    },
  }
}

function emptyDocuments(): FoundDocuments {
  const maps = { entries: new Map(), byTag: new Map(), byRequest: new Map() }
  return { newestId: undefined, ...maps, newer: [], older: [] }
}

function addDocument(found: FoundDocuments, role: Role, document: FoundDocument): void {
  if (role === 'newest') found.newestId = document._id
  else if (role === 'entry') found.entries.set(document.generation, document)
  else if (role === 'tag') found.byTag.set(document.revision?.tag, document)
  else if (role === 'request') found.byRequest.set(document.request?.id, document)
  else found[role].push(document)
}

/** The documents that a lookup wants. */
export function toFound({ revision, generation }: Wanted, { entries, byTag }: FoundDocuments): Found | null {
  const at = generation === undefined ? entries.values().next().value : entries.get(generation)
  if (at === undefined) return null
  if (revision?.by === 'tag') return { at, ofRevision: byTag.get(revision.tag) }
  return { at, ofRevision: revision === null ? undefined : foundByServer(at, revision) }
}

function foundByServer(
  at: FoundDocument,
  revision: Exclude<RevisionSelector, { by: 'tag' }>,
): FoundDocument | undefined {
  const field = revision.by === 'default' ? DEFAULT_FIELD : aliasField(revision.alias)
  return (at as unknown as Readonly<Record<string, readonly FoundDocument[] | undefined>>)[field]?.[0]
}
