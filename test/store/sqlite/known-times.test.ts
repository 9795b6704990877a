import { expect, test } from 'vitest'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import { service } from '../../../src/store/contract/support.ts'
import { KnownTimes, middleOf } from '../../../src/store/sqlite/reads/known-times.ts'

/** Finds generations in services in which generation 1 has the time 10, generation 2 the time 20, and so on. */
function searching(newest: number) {
  const times = new KnownTimes()
  const reads: number[] = []
  const read = (generation: number) => {
    reads.push(generation)
    return generation * 10
  }
  const find = (time: number, of = service) => {
    const timeAt = times.of(of, read)
    let [early, later] = [0, newest + 1]
    while (later - early > 1) {
      const middle = middleOf(early, later)
      if (!(early < middle && middle < later)) throw new Error(`${middle} is not between ${early} and ${later}`)
      if ((timeAt(middle) as number) <= time) early = middle
      else later = middle
    }
    return early
  }
  return { reads, find }
}

test('a search by time that keeps times ends at the greatest generation that is not later', () => {
  for (const newest of [1, 2, 63, 64, 65, 128, 129, 1_000, 4_097]) {
    const { find } = searching(newest)
    const searches = Array.from({ length: newest * 2 + 4 }, (_, index) => 5 * index)
    expect(searches.map((time) => find(time))).toEqual(searches.map((time) => Math.min(Math.floor(time / 10), newest)))
  }
})

test('a search by time reads the time of each 64th entry once, and a few others', () => {
  const { reads, find } = searching(1_000_000)
  for (let search = 0; search < 200; search++) find((search % 100) * 70_000)
  const kept = reads.filter((generation) => generation % 64 === 0)
  expect(new Set(kept).size).toBe(kept.length)
  expect(reads.length - kept.length).toBeLessThanOrEqual(200 * 6)
  find(70_000, parseServiceReference('my-org/other').service)
  expect(reads.filter((generation) => generation % 64 === 0).length).toBeGreaterThan(kept.length)
})

test('times are dropped when there are too many, and read again', () => {
  const times = new KnownTimes()
  let reads = 0
  const timeAt = times.of(service, (generation) => {
    reads++
    return generation
  })
  for (let round = 0; round < 2; round++) for (let index = 0; index < 65_536; index++) timeAt(64 * index)
  expect(reads).toBe(65_536)
  timeAt(64 * 65_536)
  timeAt(0)
  expect([timeAt(0), reads]).toEqual([0, 65_538])
})

test('a time that is missing is not kept', () => {
  const times = new KnownTimes()
  expect(times.of(service, () => undefined)(64)).toBeUndefined()
  expect(times.of(service, () => 5)(64)).toBe(5)
})
