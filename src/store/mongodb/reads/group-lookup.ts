import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import type { RevisionSelector } from '../../store.ts'
import type { FoundDocument } from './found-entry.ts'
import { aliasField, DEFAULT_FIELD, type LookupQuery, pipelinesOf, type Role } from './lookup-query.ts'
import { union } from './pipelines.ts'

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

/** The commands of lookups. */
export interface LookupCommands {
  /** The most commands at once. While they run, lookups wait, and share the next command. */
  readonly atOnce: number
  /** Reads documents of the collection in one command. */
  read(pipeline: object[]): Promise<readonly LabelledDocument[]>
  /** As `read`, for a command that may take long. These are apart from the others. */
  readLong(pipeline: object[]): Promise<readonly LabelledDocument[]>
}

/** A found document, with the number of its query in its command, unless the command has only one pipeline. */
export type LabelledDocument = FoundDocument & { readonly query?: number; readonly role?: Role }

/** A lookup, or a search for a request, which needs nothing else of the service. */
interface Waiting {
  readonly wanted: Wanted | Requested
  readonly answer: (documents: FoundDocuments) => void
  readonly reject: (reason: unknown) => void
}

interface Requested {
  readonly service: ServiceId
  readonly requestId: string
}

/** The documents of one query. */
interface FoundDocuments {
  readonly entry: FoundDocument | undefined
  readonly byTag: ReadonlyMap<string | undefined, FoundDocument>
  readonly byRequest: ReadonlyMap<string | undefined, FoundDocument>
}

interface Batch {
  readonly query: LookupQuery
  readonly waiting: Waiting[]
}

/** The most services in one command. A server runs a command on one core. */
const SERVICES_PER_COMMAND = 32

/** The most tags and requests of one service in a command that is not long. */
const TAGS_PER_COMMAND = 100

/**
 * Puts all lookups that arrive within one turn of the event loop into one command. It is sent after the last of them
 * has arrived, so each lookup sees everything that was written before its call.
 */
export class GroupLookup {
  readonly #commands: LookupCommands
  #waiting: Waiting[] = []
  #isScheduled = false
  #running = 0

  constructor(commands: LookupCommands) {
    this.#commands = commands
  }

  /** Resolves with null if the service has no entry, or none of the generation. */
  find(wanted: Wanted): Promise<Found | null> {
    return this.#add(wanted, (found) => toFound(wanted, found))
  }

  /** The first entry whose request has this id. */
  findRequest(service: ServiceId, requestId: string): Promise<FoundDocument | undefined> {
    return this.#add({ service, requestId }, ({ byRequest }) => byRequest.get(requestId))
  }

  #add<T>(wanted: Wanted | Requested, read: (documents: FoundDocuments) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ wanted, answer: (documents) => resolve(read(documents)), reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#running >= this.#commands.atOnce) return
    const batches = Map.groupBy(toBatches(this.#waiting.splice(0)), isLong)
    for (const batch of batches.get(true) ?? []) void this.#answer([batch], this.#commands.readLong)
    const others = batches.get(false) ?? []
    const room = (this.#commands.atOnce - this.#running) * SERVICES_PER_COMMAND
    this.#waiting.push(...others.splice(room).flatMap(({ waiting }) => waiting))
    for (let at = 0; at < others.length; at += SERVICES_PER_COMMAND) {
      void this.#run(others.slice(at, at + SERVICES_PER_COMMAND))
    }
  }

  async #run(batches: readonly Batch[]): Promise<void> {
    this.#running++
    await this.#answer(batches, this.#commands.read)
    this.#running--
    if (this.#waiting.length > 0) this.#schedule()
  }

  async #answer(batches: readonly Batch[], read: LookupCommands['read']): Promise<void> {
    try {
      const byQuery = Map.groupBy(await read(toPipeline(batches)), ({ query = 0 }) => query)
      for (const [index, { waiting }] of batches.entries()) {
        const documents = toFoundDocuments(byQuery.get(index) ?? [])
        for (const { answer } of waiting) answer(documents)
      }
    } catch (error) {
      for (const { waiting } of batches) for (const { reject } of waiting) reject(error)
    }
  }
}

function isLong({ query: { tags, requests } }: Batch): boolean {
  return tags.size + requests.size > TAGS_PER_COMMAND
}

function toBatches(waiting: readonly Waiting[]): Batch[] {
  const batches = new Map<string, Batch>()
  for (const each of waiting) {
    const { service, generation, isForChange = false }: Partial<Wanted> & Pick<Wanted, 'service'> = each.wanted
    const key = `${formatServiceId(service)} ${generation} ${isForChange}`
    const batch = batches.get(key) ?? { query: emptyQuery({ service, generation, isForChange }), waiting: [] }
    batches.set(key, batch)
    addTo(batch.query, each.wanted)
    batch.waiting.push(each)
  }
  return [...batches.values()]
}

function emptyQuery(of: Pick<LookupQuery, 'service' | 'generation' | 'isForChange'>): LookupQuery {
  const needs = { needsEntry: false, needsAliases: of.isForChange, needsDefault: false }
  return { ...of, ...needs, aliases: new Set(), tags: new Set(), requests: new Set() }
}

function addTo(query: LookupQuery, wanted: Wanted | Requested): void {
  if ('requestId' in wanted) {
    query.requests.add(wanted.requestId)
    return
  }
  const { revision } = wanted
  query.needsEntry = true
  if (revision?.by === 'tag') query.tags.add(revision.tag)
  if (revision?.by === 'default') query.needsDefault = true
  if (revision?.by === 'alias') query.aliases.add(revision.alias)
  if (revision === null || revision.by === 'alias') query.needsAliases = true
}

function toPipeline(batches: readonly Batch[]): object[] {
  const pipelines = batches.flatMap(({ query }, index) =>
    pipelinesOf(query).map(([role, pipeline]) => ({ pipeline, label: { query: index, role } })),
  )
  const [only, ...others] = pipelines
  // Most commands have only one, and each stage takes time.
  if (only?.label.role === 'entry' && others.length === 0) return [...only.pipeline]
  return union(pipelines.map(({ pipeline, label }) => [...pipeline, { $addFields: toLiterals(label) }]))
}

function toLiterals(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]))
}

function toFoundDocuments(documents: readonly LabelledDocument[]): FoundDocuments {
  const inRole = (wanted: Role) => documents.filter(({ role = 'entry' }) => role === wanted)
  return {
    entry: inRole('entry')[0],
    byTag: new Map(inRole('tag').map((document) => [document.revision?.tag, document])),
    byRequest: new Map(inRole('request').map((document) => [document.request?.id, document])),
  }
}

function toFound({ revision }: Wanted, { entry: at, byTag }: FoundDocuments): Found | null {
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
