import type { Entry, FullSnapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import type { QueuedChange } from './queued-change.ts'

/** The stored state that a change begins with. */
export interface StoredState {
  readonly change: QueuedChange
  /** Null: the service is new. */
  readonly newest: FullSnapshot | null
  /** The first entry with the request id of the change. */
  readonly earlier: Entry | null
}

/** The place to read. */
export interface Place {
  readonly store: Store
  readonly service: ServiceId
}

/** The stored states of a batch, all at one generation. Changes whose read failed are missing and were rejected. */
export interface ReadBatch {
  readonly states: readonly StoredState[]
  /** The error of the last read that failed. */
  readonly failure: unknown
}

/** Reads what each change of a batch begins with. The reads of one turn share commands and transactions in the store. */
export async function readBatch(place: Place, changes: readonly QueuedChange[]): Promise<ReadBatch> {
  const reading = new Reading()
  const found = await reading.each(
    changes.map((change) => ({ change })),
    async ({ change }) => ({
      ...{ change, newest: await readNewest(place, change) },
    }),
  )
  const newest = newestOf(found.map((each) => each.newest))
  const together = await reading.each(found, (each) => atGeneration(place, each, newest))
  // This read must follow the read of the newest entry. If it misses an entry, that entry comes after `newest`, and the
  // append fails. If nothing is appended, the answer is from before that entry.
  const states = await reading.each(together, async (each) => ({
    ...each,
    earlier: await findEarlier(place, each),
  }))
  return { states, failure: reading.failure }
}

type Found = Pick<StoredState, 'change' | 'newest'>

function readNewest(
  { store, service }: Place,
  { tag }: QueuedChange,
): FullSnapshot | null | Promise<FullSnapshot | null> {
  if (tag !== null) return store.lookupForChange(service, { by: 'tag', tag })
  return store.readHead(service).then((found) => found && { ...found, revision: null })
}

function newestOf(found: readonly (FullSnapshot | null)[]): FullSnapshot | null {
  return found.reduce((newest, each) => ((each?.generation ?? 0) > (newest?.generation ?? 0) ? each : newest), null)
}

// Another process may have appended between two reads. Entries never change, so the state at a generation can be read
// later.
async function atGeneration({ store, service }: Place, found: Found, newest: FullSnapshot | null): Promise<Found> {
  const { change } = found
  if (newest === null || found.newest?.generation === newest.generation) return found
  if (change.tag === null) return { change, newest: { ...newest, revision: null } }
  return { change, newest: await store.lookupForChange(service, { by: 'tag', tag: change.tag }, newest.generation) }
}

async function findEarlier({ store, service }: Place, { change, newest }: Found): Promise<Entry | null> {
  return newest === null || change.requestId === null ? null : store.findRequest(service, change.requestId)
}

// A read may fail on an entry that only one change needs. The other changes go on.
class Reading {
  failure: unknown

  async each<T extends Pick<StoredState, 'change'>, R>(
    items: readonly T[],
    read: (item: T) => Promise<R>,
  ): Promise<R[]> {
    const results = await Promise.allSettled(items.map(read))
    return results.flatMap((result, index) => {
      if (result.status === 'fulfilled') return [result.value]
      this.failure = result.reason
      items[index]?.change.reject(result.reason)
      return []
    })
  }
}
