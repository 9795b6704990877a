import { median } from './bench.ts'

/** The median time of calls one after another, in microseconds. */
export async function medianTime(call: () => Promise<unknown>, seconds: number): Promise<number> {
  const times: number[] = []
  const start = performance.now()
  while (performance.now() - start < seconds * 1000) {
    const before = performance.now()
    await call()
    times.push((performance.now() - before) * 1000)
  }
  return median(times)
}
