/** The result of waiting for a decision that takes too long. */
export const LATE = Symbol('late')

/** The parts of a change that tell how long the others wait for its decision. */
export interface Waited {
  readonly readsStore: boolean
  readonly timesLate: number
}

// A policy module in its process answers in less than a millisecond. In this time a batch can ask it about many changes.
const FOR_POLICIES_MS = 20
// A yank of the highest version reads up to a page for each alias.
const FOR_READS_MS = 250
const MAX_TIMES_LATE = 3

/**
 * The patience of a batch. Its changes wait for a slow decision only a short time: 20 ms for all policies together, and
 * 250 ms for a decision that reads the store. A change that was late three times may take the time that it needs, which
 * the time limit of the policy bounds. Otherwise it could be overtaken for ever. Only one change of a batch may do so.
 */
export class Patience {
  #leftMs = FOR_POLICIES_MS
  #holds = true

  /** Settles as the decision does, or resolves with `LATE` if it takes too long. */
  async wait<T>(decision: Promise<T>, { readsStore, timesLate }: Waited): Promise<T | typeof LATE> {
    if (timesLate >= MAX_TIMES_LATE && this.#holds) {
      this.#holds = false
      return decision
    }
    if (readsStore) return orLate(decision, FOR_READS_MS)
    const start = performance.now()
    try {
      return await orLate(decision, Math.max(this.#leftMs, 0))
    } finally {
      this.#leftMs -= performance.now() - start
    }
  }
}

// A decision that is already known is never late, because a timer fires after it.
async function orLate<T>(decision: Promise<T>, ms: number): Promise<T | typeof LATE> {
  const late = Promise.withResolvers<typeof LATE>()
  const timer = setTimeout(() => late.resolve(LATE), ms)
  try {
    return await Promise.race([decision, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
