import type { Entry } from '../../domain/log.ts'
import type { Store } from '../../store/store.ts'
import { type Decided, type DecidedBatch, decideBatch } from './decide-batch.ts'
import type { QueuedChange } from './queued-change.ts'
import { type Place, readBatch } from './read-batch.ts'
import type { BatchResult } from './service-queue.ts'

/**
 * Makes changes of one service together: reads the newest state once, decides about each change on top of those before
 * it, and appends all entries at once. It answers a change, or refuses it, only after everything that the answer rests on
 * is stored. Changes that rest on an entry that could not be stored are to be decided anew.
 */
export async function writeBatch(place: Place, changes: readonly QueuedChange[]): Promise<BatchResult<QueuedChange>> {
  const { states, failure } = await readBatch(place, changes)
  if (states.length === 0) return { again: [], late: [], taken: null, failure }
  const batch = await decideBatch(states)
  answer(batch.decided.filter(({ restsOn }) => restsOn === 0))
  return append(place.store, batch)
}

async function append(store: Store, batch: DecidedBatch): Promise<BatchResult<QueuedChange>> {
  const { entries, late } = batch
  const sent = entries.slice(0, firstOfCancelled(batch.decided))
  try {
    const appended = await appendAll(store, sent)
    const again = batch.decided.filter(({ restsOn }) => restsOn > appended)
    answer(batch.decided.filter(({ restsOn }) => restsOn > 0 && restsOn <= appended))
    return { again: [...again.map(toChange), ...batch.left], late, taken: takenBy(sent, appended), failure: undefined }
  } catch (failure) {
    const again = batch.decided.filter(({ restsOn }) => restsOn > 0)
    // Each of these entries is stored or not, which only a repetition of its request finds out. The other changes rest on
    // entries that may not be stored. None of their own was sent, so they can be decided anew.
    const [lost, others] = partition(
      again,
      ({ proposal, restsOn }) => proposal.entry !== null && restsOn <= sent.length,
    )
    for (const { change } of lost) change.reject(failure)
    return { again: [...others.map(toChange), ...batch.left], late, taken: null, failure }
  }
}

function takenBy([first, ...rest]: readonly Entry[], appended: number): BatchResult<QueuedChange>['taken'] {
  return first === undefined ? null : { base: first.generation - 1, appended, isLost: appended <= rest.length }
}

function toChange({ change }: Decided): QueuedChange {
  return change
}

function partition<T>(items: readonly T[], isIn: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isIn), items.filter((item) => !isIn(item))]
}

// The entries after that of a cancelled change rest on it, so they are not sent either.
function firstOfCancelled(decided: readonly Decided[]): number | undefined {
  const cancelled = decided.find(({ change, proposal }) => proposal.entry !== null && change.signal.aborted)
  return cancelled && cancelled.restsOn - 1
}

async function appendAll(store: Store, entries: readonly Entry[]): Promise<number> {
  const [first] = entries
  if (first === undefined) return 0
  if (entries.length > 1) return store.appendAll(entries)
  return (await store.append(first)) === 'appended' ? 1 : 0
}

function answer(decided: readonly Decided[]): void {
  for (const { proposal } of decided) proposal.answer()
}
