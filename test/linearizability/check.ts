/** One call of a history. Times are of one clock, on which no two moments are the same. */
export interface Call<Operation, Outcome> {
  readonly operation: Operation
  /** The time at which it was sent. */
  readonly invoked: number
  /** The time of its outcome, or Infinity if none came. Then it may have happened at any time since, or never. */
  readonly returned: number
  /** Undefined if no outcome came. */
  readonly outcome: Outcome | undefined
}

/** The behaviour of an object whose calls come one after the other. */
export interface Specification<State, Operation, Outcome> {
  readonly initial: State
  /**
   * The state after the operation, or undefined if the operation cannot have this outcome in this state. Without an
   * outcome, the state after the operation took effect.
   */
  step(state: State, operation: Operation, outcome: Outcome | undefined): State | undefined
  /** A text that is equal for equal states only. */
  key(state: State): string
}

/** Whether an order was found. If not, this has the longest order that was found. */
export interface Verdict<State, C> {
  readonly isLinearizable: boolean
  /** The longest order that fits the specification. */
  readonly order: readonly C[]
  /** The state after it. */
  readonly state: State
}

/**
 * Looks for an order of the calls in which each takes effect between its invocation and its return and has the outcome
 * of the specification. This is the search of Wing and Gong ("Testing and verifying concurrent objects", 1993). As Lowe
 * proposed ("Testing for linearizability", 2017), it never visits the same set of calls in the same state twice.
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
      // A call cannot happen before a call that was answered before it was sent.
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

/** All items except this one. */
export function without<T>(items: readonly T[], left: T): readonly T[] {
  return items.filter((item) => item !== left)
}
