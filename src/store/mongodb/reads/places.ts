import type { RevisionTag } from '../../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import type { RevisionSelector } from '../../store.ts'
import { type FoundDocument, type FoundEntry, holdersAmong, openFound } from './found-entry.ts'
import type { Pipeline } from './pipelines.ts'

/**
 * The places of the entries that answered a lookup. Entries never change, so the same lookup can ask for them and for
 * newer ones, which costs the server half as much as a search.
 */
export interface Place {
  /** The entry that was the newest of the service. */
  readonly id: string
  readonly generation: number
  /** The tags of the answer, and the generations of their newest entries. Null: the tag has no entry. */
  readonly tags: ReadonlyMap<RevisionTag, number | null>
  /** The generations of all earlier entries that the answer needs. */
  readonly others: readonly number[]
}

/** The number of newer entries of a service with which a lookup does not search again. */
const MOST_NEWER = 16

const MOST_PLACES = 10_000

/** The places of the most recent lookups. */
export class Places {
  readonly #places = new Map<string, Place>()

  get(service: ServiceId, selector: RevisionSelector): Place | undefined {
    return this.#places.get(keyOf(service, selector))
  }

  set(service: ServiceId, selector: RevisionSelector, place: Place): void {
    const key = keyOf(service, selector)
    // A map lists its keys in the order in which they were set.
    this.#places.delete(key)
    if (this.#places.size >= MOST_PLACES) this.#places.delete(this.#places.keys().next().value as string)
    this.#places.set(key, place)
  }

  forget(service: ServiceId, selector: RevisionSelector): void {
    this.#places.delete(keyOf(service, selector))
  }
}

/** The entries that are read for places: the newest ones of the service, the newest first, and others that were asked for. */
export interface RecalledDocuments {
  readonly newer: FoundDocument[]
  readonly older: FoundDocument[]
}

interface RecallPart {
  readonly role: keyof RecalledDocuments
  readonly pipeline: Pipeline
}

/** Reads the entries of places of a service, and the newer ones. Each is read once, however many places need it. */
export function recallParts(service: string, places: readonly Place[]): readonly RecallPart[] {
  const newer = { generation: { $gte: Math.min(...places.map(({ generation }) => generation)) } }
  const others = [...new Set(places.flatMap((place) => place.others))]
  const older = { generation: { $in: others } }
  const newest = (match: object, limit: number): RecallPart => ({
    role: 'newer',
    pipeline: [{ $match: { service, ...match } }, { $sort: { generation: -1 } }, { $limit: limit }],
  })
  if (others.length === 0) return [newest(newer, MOST_NEWER + 1)]
  // The others of one place come after all newer ones, so one pipeline reads them, too, which is quicker.
  if (places.length === 1) return [newest({ $or: [newer, older] }, MOST_NEWER + 1 + others.length)]
  return [newest(newer, MOST_NEWER + 1), { role: 'older', pipeline: [{ $match: { service, ...older } }] }]
}

/** The entries of a place that were read again. */
export interface Recalled {
  readonly at: FoundEntry
  /** The newest entry of a tag. Undefined: the place does not tell. */
  holderOf(tag: RevisionTag): FoundEntry | null | undefined
  /** Whether the entry of a generation was read, too. */
  has(generation: number): boolean
}

/** Null: the log is another one, or it has grown too much since. */
export function recall(service: ServiceId, place: Place, { newer, older }: RecalledDocuments): Recalled | null {
  const [newest] = newer
  const own = newer.find(({ generation }) => generation === place.generation)
  // If the entry of the place is among the newest, all newer ones are, too.
  if (newest === undefined || own?._id !== place.id) return null
  const documents = [...newer, ...older]
  const byGeneration = new Map(documents.map((document) => [document.generation, document]))
  const holders = holdersAmong(service, documents)
  const open = (document: FoundDocument) => ({ opened: openFound(service, document).opened, holders })
  return {
    at: open(newest),
    holderOf: (tag) => {
      const isNewer = ({ generation, revision }: FoundDocument) =>
        generation >= place.generation && revision?.tag === tag
      const found = newer.find(isNewer)
      if (found !== undefined) return open(found)
      const holder = place.tags.get(tag)
      const document = typeof holder === 'number' ? byGeneration.get(holder) : holder
      return document && open(document)
    },
    has: (generation) => byGeneration.has(generation),
  }
}

/** A tag of an answer, and its newest entry. Null: it has none. */
export type TagEntry = readonly [RevisionTag, FoundEntry | null]

/** The place of an answer with these tags. */
export function placeOf(at: FoundEntry, tags: readonly TagEntry[]): Place {
  const { id, generation } = at.opened.key
  const holders = tags.map(([, holder]) => holder?.opened)
  const needed = [
    at.opened.elsewhere.aliases,
    ...holders.flatMap((each) => [each?.key.generation, each?.elsewhere.info]),
  ]
  const others = new Set(needed.filter((each) => each !== undefined && each < generation) as number[])
  const places = tags.map(([tag, holder]) => [tag, holder?.opened.key.generation ?? null] as const)
  return { id, generation, tags: new Map(places), others: [...others] }
}

function keyOf(service: ServiceId, selector: RevisionSelector): string {
  const what = selector.by === 'default' ? '' : selector.by === 'tag' ? `:${selector.tag}` : `@${selector.alias}`
  return `${formatServiceId(service)}${what}`
}
