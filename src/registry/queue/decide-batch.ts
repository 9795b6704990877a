import type { Entry } from '../../domain/log.ts'
import { LATE, Patience } from './patience.ts'
import { PendingState } from './pending-state.ts'
import type { Proposal, QueuedChange } from './queued-change.ts'
import type { StoredState } from './read-batch.ts'

/** A decision about one change. */
export interface Decided {
  readonly change: QueuedChange
  readonly proposal: Proposal
  /** The number of entries that must be stored before the answer is true. */
  readonly restsOn: number
}

/** A change whose decision takes long. */
export interface LateChange {
  readonly item: QueuedChange
  /** Settles when the decision is known. */
  readonly until: Promise<unknown>
}

/** The decisions about a batch. */
export interface DecidedBatch {
  /** The entries to append, of consecutive generations. */
  readonly entries: readonly Entry[]
  readonly decided: readonly Decided[]
  readonly late: readonly LateChange[]
  /** The changes for which the batch had no room. */
  readonly left: readonly QueuedChange[]
}

/**
 * Decides about changes of one service, one on top of the other: each sees the entries of those before it as if they were
 * stored. A refusal, too, rests on them.
 */
export async function decideBatch(states: readonly StoredState[]): Promise<DecidedBatch> {
  const pending = new PendingState()
  const patience = new Patience()
  const decided: Decided[] = []
  const late: LateChange[] = []
  for (const [index, state] of states.entries()) {
    const { change } = state
    const deciding = tryPropose(pending, state)
    const proposal = deciding instanceof Promise ? await patience.wait(deciding, change) : deciding
    if (proposal === LATE) {
      change.timesLate++
      late.push({ item: change, until: deciding as Promise<unknown> })
    } else if (proposal.entry !== null && !pending.add(proposal.entry)) {
      const left = states.slice(index).map((each) => each.change)
      return { entries: pending.entries, decided, late, left }
    } else decided.push({ change, proposal, restsOn: pending.entries.length })
  }
  return { entries: pending.entries, decided, late, left: [] }
}

function tryPropose(pending: PendingState, { change, newest, earlier }: StoredState): Proposal | Promise<Proposal> {
  const { tag, requestId } = change
  try {
    const first = earlier ?? (requestId === null ? null : pending.ofRequest(requestId, newest))
    const proposal = change.propose(pending.after(newest, tag), first)
    return proposal instanceof Promise ? proposal.catch((reason) => refusal(change, reason)) : proposal
  } catch (reason) {
    return refusal(change, reason)
  }
}

function refusal(change: QueuedChange, reason: unknown): Proposal {
  return { entry: null, answer: () => change.reject(reason) }
}
