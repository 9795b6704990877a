/** About the longest time that a long task takes in one turn of the event loop, in milliseconds. */
export const TURN_MS = 4

/** Handles items in their order, some of them in each turn of the event loop, so that other requests go on meanwhile. */
export async function inTurns<T, R>(items: AsyncIterable<T> | Iterable<T>, handle: (item: T) => R): Promise<R[]> {
  const results: R[] = []
  let began = performance.now()
  for await (const item of items) {
    results.push(handle(item))
    if (performance.now() - began < TURN_MS) continue
    await nextTurn()
    began = performance.now()
  }
  return results
}

/** The long tasks that wait for their next turn. */
const waiting: (() => void)[] = []

// Each turn of the event loop has only one of them, because many would together take as long as one without turns.
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(runFirst)
  })
}

function runFirst(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(runFirst)
}
