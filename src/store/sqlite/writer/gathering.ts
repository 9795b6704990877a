import type { Inbox } from './inbox.ts'
import { monotonicMs } from './messages.ts'

/** A commit that takes less is not worth a wait, in milliseconds. */
const SLOW_COMMIT_MS = 1

/** The longest wait, as a part of the time of the last commit. */
const PART = 0.1

const PAUSE_MS = 0.05

/**
 * Lets clients that write one change after another share a commit. Without a wait, those that arrive during a commit and
 * those that it answers would form two groups, and each would wait for the commit of the other. So the writer waits for
 * as many appends as were just under way, if the disk is slow.
 */
export class Gathering {
  readonly #inbox: Inbox
  readonly #cell = new Int32Array(new SharedArrayBuffer(4))
  #expected = 0
  #lastCommitMs = 0

  constructor(inbox: Inbox) {
    this.#inbox = inbox
  }

  /** Call it after each commit and before its answers, with the number of its appends. */
  committed(appends: number, tookMs: number): void {
    this.#expected = appends + this.#inbox.receive()
    this.#lastCommitMs = tookMs
  }

  /** Blocks the thread until enough appends wait, or the time is over. */
  wait(): void {
    if (this.#lastCommitMs <= SLOW_COMMIT_MS) return
    const until = monotonicMs() + this.#lastCommitMs * PART
    while (this.#inbox.receive() < this.#expected && monotonicMs() < until) Atomics.wait(this.#cell, 0, 0, PAUSE_MS)
  }
}
