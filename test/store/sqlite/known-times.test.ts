import { expect, test } from 'vitest'
import { service } from '../../../src/store/contract/support.ts'
import { KnownTimes } from '../../../src/store/sqlite/reads/known-times.ts'

/** Narrows searches in a service in which generation 1 has the time 10, generation 2 the time 20, and so on. */
function narrowing(newest: number, missing?: number) {
  const times = new KnownTimes()
  const reads: number[] = []
  const readTime = (generation: number) => {
    reads.push(generation)
    return generation === missing ? undefined : generation * 10
  }
  return { reads, narrow: (time: number) => times.narrow({ service, time, newest }, readTime) }
}

test('the bounds of a search by time have the generation between them, and at most 64 generations', () => {
  for (const newest of [1, 63, 64, 65, 128, 129, 1_000, 4_097]) {
    const { narrow } = narrowing(newest)
    for (let time = 0; time <= newest * 10 + 15; time += 5) {
      const generation = Math.min(Math.floor(time / 10), newest)
      const { known, later } = narrow(time)
      expect(known <= generation && generation < later && later <= newest + 1).toBe(true)
      expect(later - known).toBeLessThanOrEqual(64)
    }
  }
})

test('a search by time reads no time twice, and none at all in a service with few entries', () => {
  const { reads, narrow } = narrowing(1_000_000)
  for (let search = 0; search < 100; search++) narrow(search * 70_000)
  expect(new Set(reads).size).toBe(reads.length)
  const before = reads.length
  for (let search = 0; search < 100; search++) narrow(search * 70_000)
  expect(reads).toHaveLength(before)
  const few = narrowing(63)
  few.narrow(100)
  expect(few.reads).toEqual([])
})

test('the bounds of a search by time stay apart if an entry is missing', () => {
  const { known, later } = narrowing(1_000, 512).narrow(5_125)
  expect([known, later]).toEqual([0, 1_001])
})
