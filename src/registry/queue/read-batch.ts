import { emptyHead } from '../../domain/head.ts'
import type { Entry, FullHeadSnapshot, FullSnapshot } from '../../domain/log.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import type { Earlier, QueuedChange } from './queued-change.ts'

/** The stored state that a change begins with. */
export interface StoredState {
  readonly change: QueuedChange
  /** Null: the service is new. */
  readonly newest: FullSnapshot | null
  /** The first entry with the request id of the change. */
  readonly earlier: Earlier | null
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
  const found = await reading.each(changes, (change) => readNewest(place, change))
  const newest = newestOf(found)
  const isStale = (each: StoredState) => newest !== null && each.newest?.generation !== newest.generation
  const fresh = await reading.renew(found, isStale, (each) => atGeneration(place, each, newest as FullSnapshot))
  // This read must follow the read of the newest entry. If it misses an entry, that entry comes after `newest`, and the
  // append fails. If nothing is appended, the answer is from before that entry.
  const hasId = ({ change }: StoredState) => newest !== null && change.requestId !== null
  const states = await reading.renew(fresh, hasId, (each) => withEarlier(place, each))
  return { states, failure: reading.failure }
}

async function readNewest({ store, service }: Place, change: QueuedChange): Promise<StoredState> {
  const { tag } = change
  if (tag !== null) {
    return { change, newest: await store.lookupForChange(service, { by: 'tag', tag }), earlier: null }
  }
  const head = await store.readHead(service)
  return { change, newest: head && { ...head, revision: null }, earlier: null }
}

function newestOf(states: readonly StoredState[]): FullSnapshot | null {
  let newest: FullSnapshot | null = null
  for (const each of states) if ((each.newest?.generation ?? 0) > (newest?.generation ?? 0)) newest = each.newest
  return newest
}

// Another process may have appended between two reads. Entries never change, so the state at a generation can be read
// later.
async function atGeneration(
  place: Place,
  state: StoredState,
  { generation, ...head }: FullSnapshot,
): Promise<StoredState> {
  const { tag } = state.change
  if (tag === null) return { ...state, newest: { generation, ...head, revision: null } }
  return { ...state, newest: await place.store.lookupForChange(place.service, { by: 'tag', tag }, generation) }
}

async function withEarlier(place: Place, state: StoredState): Promise<StoredState> {
  const { store, service } = place
  const entry = await store.findRequest(service, state.change.requestId ?? '')
  if (entry === null) return state
  const before = await readBefore(place, entry)
  return { ...state, earlier: { entry, before: before?.head ?? emptyHead } }
}

async function readBefore({ store, service }: Place, { generation }: Entry): Promise<FullHeadSnapshot | null> {
  return generation === 1 ? null : store.readHead(service, generation - 1)
}

// A read may fail on an entry that only one change needs. The other changes go on.
class Reading {
  failure: unknown

  async each(
    changes: readonly QueuedChange[],
    read: (change: QueuedChange) => Promise<StoredState>,
  ): Promise<readonly StoredState[]> {
    const results = await Promise.all(
      changes.map((change) => read(change).catch((reason) => this.#fail(change, reason))),
    )
    return results.filter((state) => state !== null)
  }

  /** Reads some of the states again. */
  renew(
    states: readonly StoredState[],
    isOld: (state: StoredState) => boolean,
    read: (state: StoredState) => Promise<StoredState>,
  ): readonly StoredState[] | Promise<readonly StoredState[]> {
    if (!states.some(isOld)) return states
    const of = new Map(states.map((state) => [state.change, state]))
    const renewed = (change: QueuedChange) => of.get(change) as StoredState
    return this.each([...of.keys()], async (change) =>
      isOld(renewed(change)) ? read(renewed(change)) : renewed(change),
    )
  }

  #fail(change: QueuedChange, reason: unknown): null {
    this.failure = reason
    change.reject(reason)
    return null
  }
}
