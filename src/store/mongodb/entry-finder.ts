import type { Document, Filter, FindOptions, Sort } from 'mongodb'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { damagedEntry, type Elsewhere, type Holders, type OpenedEntry } from '../forms/opened-entry.ts'
import { COMMAND_TIMEOUT_MS, type MongoConnection } from './connection.ts'
import { type EntryDocument, openDocument } from './documents.ts'

/** A large part of an entry that another entry may have. */
type Part = keyof Elsewhere

export const ALL_PARTS: readonly Part[] = ['aliases', 'info', 'registration']

/** A read must not go on in the database after its caller was answered. */
export const BOUNDED: FindOptions = { maxTimeMS: COMMAND_TIMEOUT_MS }

/** The entry to find: the first that matches the filter. */
export interface Wanted {
  readonly filter?: Filter<EntryDocument>
  /** Default: the newest entry comes first. */
  readonly sort?: Sort
  /** The large parts to read with it. Default: none. */
  readonly parts?: readonly Part[]
}

/** An entry, its document, and the entries that were read with it. */
export interface FoundEntry {
  readonly opened: OpenedEntry
  readonly document: EntryDocument
  readonly holders: Holders
}

/** Finds entries together with those that have their large parts. */
export class EntryFinder {
  readonly #connection: MongoConnection

  constructor(connection: MongoConnection) {
    this.#connection = connection
  }

  /** Finds an entry in one command. */
  async find(service: ServiceId, wanted: Wanted = {}): Promise<FoundEntry | null> {
    const { filter = {}, sort = { generation: -1 }, parts = [] } = wanted
    const key = { service: formatServiceId(service), ...filter }
    const document =
      parts.length === 0
        ? await this.#connection.entries.findOne(key, { ...BOUNDED, sort })
        : await this.#findWithParts(key, sort, parts)
    if (document === null) return null
    const { holders = {}, ...own } = document as EntryDocument & { holders?: Partial<Record<Part, EntryDocument[]>> }
    const others = Object.values(holders).flat()
    return { opened: openDocument(service, own), document: own, holders: holdersAmong(service, others) }
  }

  /** The entries that documents need for their large parts, in one command, or none if they need none. */
  async holdersOf(service: ServiceId, opened: readonly OpenedEntry[]): Promise<Holders> {
    const generations = new Set(opened.flatMap(({ elsewhere }) => Object.values(elsewhere) as number[]))
    if (generations.size === 0) return holdersAmong(service, [])
    const filter = { service: formatServiceId(service), generation: { $in: [...generations] } }
    return holdersAmong(service, await this.#connection.entries.find(filter, BOUNDED).toArray())
  }

  async #findWithParts(key: Filter<EntryDocument>, sort: Sort, parts: readonly Part[]): Promise<EntryDocument | null> {
    const { entries } = this.#connection
    const lookups = parts.map((part) => holderStage(entries.collectionName, key.service as string, part))
    const pipeline = [{ $match: key }, { $sort: sort as Record<string, 1 | -1> }, { $limit: 1 }, ...lookups]
    return entries.aggregate<EntryDocument>(pipeline, BOUNDED).next()
  }
}

// An entry without the part looks for generation 0, which does not exist. A comparison with a missing value could not
// use the index.
function holderStage(from: string, service: string, part: Part): Document {
  return {
    $lookup: {
      from,
      let: { at: { $ifNull: [`$parts.${part}`, 0] } },
      pipeline: [{ $match: { service, $expr: { $eq: ['$generation', '$$at'] } } }],
      as: `holders.${part}`,
    },
  }
}

// Many entries of one page may name the same holder, which is opened once.
function holdersAmong(service: ServiceId, documents: readonly EntryDocument[]): Holders {
  const byGeneration = new Map(documents.map((document) => [document.generation, document]))
  const opened = new Map<number, OpenedEntry>()
  return (generation) => {
    const document = byGeneration.get(generation)
    if (document === undefined) throw damagedEntry({ service, generation })
    const holder = opened.get(generation) ?? openDocument(service, document)
    opened.set(generation, holder)
    return holder
  }
}
