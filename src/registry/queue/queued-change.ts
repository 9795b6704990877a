import type { FullHead } from '../../domain/head.ts'
import type { Entry, FullSnapshot } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { QueueItem } from './waiting-line.ts'

/** The outcome of a decision. */
export interface Proposal {
  /** The entry to append. Null: nothing is to be appended. */
  readonly entry: Entry | null
  /** Answers the caller. It is called once everything that the answer rests on is stored. */
  answer(): void
}

/** The first entry with a request id. */
export interface Earlier {
  readonly entry: Entry
  /** The head before the entry. It is that of a new service if the entry is the first. */
  readonly before: FullHead
}

/** A change of one service that waits for its turn. It calls `answer` of its last proposal, or `reject`, once. */
export interface QueuedChange extends QueueItem {
  /** The revision to change. Null: the change is about the service as a whole. */
  readonly tag: RevisionTag | null
  /** Null: the caller gave none. */
  readonly requestId: string | null
  /** How often the others of its batch did not wait for its decision. */
  timesLate: number
  /**
   * Decides what to append. `newest` is null if the service is new. `earlier` has the first entry with the request id.
   * Throws if the change is refused. It may be called again with another state. After a late decision it is called again,
   * too, and then decides at once if the state still leads to the same decision.
   */
  propose(newest: FullSnapshot | null, earlier: Earlier | null): Proposal | Promise<Proposal>
}
