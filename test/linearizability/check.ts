/** One call of a history. Times are of one clock, on which no two moments are the same. */
export interface Call<Operation, Outcome> {
  readonly operation: Operation
  /** When it was sent. */
  readonly invoked: number
  /** When its outcome came; Infinity where none came, so that it may have happened at any time since, or never. */
  readonly returned: number
  /** Undefined where none came. */
  readonly outcome: Outcome | undefined
}

/** What an object does when its calls come one after the other. */
export interface Specification<State, Operation, Outcome> {
  readonly initial: State
  /**
   * The state after the operation; undefined where the operation can't have this outcome in this state. Without an
   * outcome: the state after the operation took effect.
   */
  step(state: State, operation: Operation, outcome: Outcome | undefined): State | undefined
  /** The same text for the same state, and for no other. */
  key(state: State): string
}

/** Whether an order was found and, where none was, how far the best one got. */
export interface Verdict<State, C> {
  readonly isLinearizable: boolean
  /** The longest order that keeps to the specification. */
  readonly order: readonly C[]
  /** The state after it. */
  readonly state: State
}

/**
 * Looks for an order of the calls in which each takes effect between its invocation and its return and every outcome is
 * that of the specification: the search of Wing and Gong ("Testing and verifying concurrent objects", 1993), which as
 * Lowe proposed ("Testing for linearizability", 2017) never takes up the same set of calls in the same state twice.
 */
export function checkLinearizable<State, Operation, Outcome, C extends Call<Operation, Outcome>>(
  { initial, step, key }: Specification<State, Operation, Outcome>,
  calls: readonly C[],
): Verdict<State, C> {
  const visited = new Set<string>()
  const order: C[] = []
  let longest: Verdict<State, C> = { isLinearizable: false, order: [], state: initial }

  const search = (rest: readonly C[], taken: bigint, state: State): boolean => {
    if (order.length > longest.order.length) longest = { isLinearizable: false, order: [...order], state }
    if (rest.every((call) => call.returned === Number.POSITIVE_INFINITY)) return true
    const place = `${taken} ${key(state)}`
    if (visited.has(place)) return false
    visited.add(place)
    const firstReturn = Math.min(...rest.map((call) => call.returned))
    for (const call of rest) {
      // What was sent after another call had its answer can't come before that one.
      if (call.invoked > firstReturn) continue
      const next = step(state, call.operation, call.outcome)
      if (next === undefined) continue
      order.push(call)
      if (search(without(rest, call), taken | (1n << BigInt(calls.indexOf(call))), next)) return true
      order.pop()
    }
    return false
  }

  return search(calls, 0n, initial) ? { ...longest, isLinearizable: true, order } : longest
}

/** The items but this one. */
export function without<T>(items: readonly T[], left: T): readonly T[] {
  return items.filter((item) => item !== left)
}
