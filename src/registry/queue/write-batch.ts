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
  if (states.length === 0) return { again: [], late: [], isLost: false, failure }
  const batch = await decideBatch(states)
  answer(batch.decided.filter(({ restsOn }) => restsOn === 0))
  return append(place.store, batch)
}

async function append(
  store: Store,
  { entries, decided, late, left }: DecidedBatch,
): Promise<BatchResult<QueuedChange>> {
  const resting = decided.filter(({ restsOn }) => restsOn > 0)
  const sent = entries.slice(0, firstOfCancelled(resting))
  const isSent = ({ proposal, restsOn }: Decided) => proposal.entry !== null && restsOn <= sent.length
  try {
    const stored = await appendAll(store, sent)
    answer(resting.filter(({ restsOn }) => restsOn <= stored))
    const again = resting.filter(({ restsOn }) => restsOn > stored)
    return {
      again: [...again.map(({ change }) => change), ...left],
      late,
      isLost: stored < sent.length,
      failure: undefined,
    }
  } catch (failure) {
    // Each of these entries is stored or not, which only a repetition of its request finds out. The other changes rest on
    // entries that may not be stored. None of their own was sent, so they can be decided anew.
    for (const { change } of resting.filter(isSent)) change.reject(failure)
    const again = resting.filter((each) => !isSent(each))
    return { again: [...again.map(({ change }) => change), ...left], late, isLost: false, failure }
  }
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
