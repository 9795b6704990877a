import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry, type EntryKey } from '../../forms/opened-entry.ts'
import { type EntryDocument, openDocument } from '../documents.ts'

/** The time of the entry of a generation. */
export interface EntryTime {
  readonly generation: number
  readonly time: Date
}

/** The reads of a search in the log of one service. */
export interface SearchReads {
  /** The times of the entries of these generations. Those above the newest generation have no entry. */
  times(generations: readonly number[]): Promise<readonly EntryTime[]>
  /** The first two entries from this generation on. */
  from(generation: number): Promise<readonly EntryDocument[]>
}

/** The generations that one read looks at. Among a million entries, a search then takes seven reads. */
const PROBES = 16

/** The distances at which a search begins. So it needs to know no newest generation, and is short in a short log. */
const DISTANCES = Array.from({ length: 52 }, (_, exponent) => 2 ** exponent)

/** Reads the times of entries with the unique key. */
export function timesPipeline(id: ServiceId, generations: readonly number[]): object[] {
  const match = { service: formatServiceId(id), generation: { $in: generations } }
  const time = { _id: 0, generation: 1, time: 1 }
  return [{ $match: match }, { $sort: { generation: 1 } }, { $limit: generations.length }, { $project: time }]
}

/** Reads the first two entries from a generation on. */
export function fromPipeline(id: ServiceId, generation: number): object[] {
  const match = { service: formatServiceId(id), generation: { $gte: generation } }
  return [{ $match: match }, { $sort: { generation: 1 } }, { $limit: 2 }]
}

/**
 * As `Store.findGeneration`. The search trusts the times that it reads. The entry that it finds and the next one are then
 * checked. Times never fall, so no damage of the others makes the answer wrong.
 */
export async function findGeneration(service: ServiceId, reads: SearchReads, time: number): Promise<number | null> {
  for (let from = 0; ; from++) {
    from = await search(reads, from, time)
    const documents = await reads.from(Math.max(from, 1))
    if (from === 0 && documents.length === 0) return null
    const [at, next] = from === 0 ? [undefined, documents[0]] : documents
    if (from > 0 && !(openAt(service, from, at).time <= time)) throw damagedEntry({ service, generation: from })
    // The next one may have been appended since the search looked for it.
    if (next === undefined || openAt(service, from + 1, next).time > time) return from
  }
}

/** Throws `DAMAGED_ENTRY` if the document is not the entry of this generation. */
function openAt(service: ServiceId, generation: number, document: EntryDocument | undefined): EntryKey {
  if (document?.generation !== generation) throw damagedEntry({ service, generation })
  return openDocument(service, document).key
}

/** The greatest generation that was found to be early enough, and the least one that was not. */
interface Bounds {
  readonly reached: number
  readonly beyond: number
}

async function search({ times }: SearchReads, from: number, time: number): Promise<number> {
  let bounds: Bounds = { reached: from, beyond: Number.POSITIVE_INFINITY }
  let probes = DISTANCES.map((distance) => from + distance)
  while (probes.length > 0) {
    const early = (await times(probes)).filter((entry) => entry.time.getTime() <= time)
    bounds = narrow(bounds, probes, early)
    probes = between(bounds)
  }
  return bounds.reached
}

function narrow(bounds: Bounds, probes: readonly number[], early: readonly EntryTime[]): Bounds {
  const reached = Math.max(bounds.reached, ...early.map(({ generation }) => generation))
  return { reached, beyond: probes.find((generation) => generation > reached) ?? bounds.beyond }
}

/** Generations that divide the ones between the bounds into equal parts. Empty: the bounds are neighbors. */
function between({ reached, beyond }: Bounds): number[] {
  const gap = beyond - reached
  const length = Math.min(PROBES, gap - 1)
  return Array.from({ length }, (_, index) => reached + Math.floor(((index + 1) * gap) / (length + 1)))
}
