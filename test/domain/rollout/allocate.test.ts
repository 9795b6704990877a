import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BUCKETS, type Rollout } from '../../../src/domain/rollout/rollout.ts'
import { type CandidateOfTest, rolloutOf } from '../../support/rollouts.ts'

const rangesOf = ({ candidates }: Rollout) =>
  Object.fromEntries(candidates.map(({ tag, buckets }) => [tag, buckets.map(({ from, to }) => [from, to])]))
const share = (tag: string, weight: number): CandidateOfTest => ({ tag, weight })

// A tag that no candidate has.
const DEFAULT = '-'

const ownerOf = (rollout: Rollout | null, bucket: number) =>
  rollout?.candidates.find(({ buckets }) => buckets.some(({ from, to }) => from <= bucket && bucket < to))?.tag ??
  DEFAULT

/** The number of buckets with another owner. Between two borders of ranges, all buckets have the same owner. */
function countMoved(before: Rollout | null, after: Rollout): number {
  const ranges = [before, after].flatMap((rollout) => rollout?.candidates ?? []).flatMap(({ buckets }) => buckets)
  const borders = [...new Set([0, BUCKETS, ...ranges.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b)
  return borders.reduce((moved, border, index) => {
    const isMoved = border < BUCKETS && ownerOf(before, border) !== ownerOf(after, border)
    return isMoved ? moved + (borders[index + 1] ?? BUCKETS) - border : moved
  }, 0)
}

/** Half the sum of the differences of all shares, the default's included: fewer callers cannot move. */
function fewestMoved(before: Rollout | null, after: Rollout): number {
  const [a, b] = [weightsOf(before), weightsOf(after)]
  const tags = new Set([...a.keys(), ...b.keys()])
  return [...tags].reduce((sum, tag) => sum + Math.abs((a.get(tag) ?? 0) - (b.get(tag) ?? 0)), 0) / 2
}

function weightsOf(rollout: Rollout | null): ReadonlyMap<string, number> {
  const candidates = rollout?.candidates ?? []
  const rest = candidates.reduce((left, { weight }) => left - weight, BUCKETS)
  return new Map([...candidates.map(({ tag, weight }) => [tag, weight] as const), [DEFAULT, rest]])
}

function expectWellFormed({ candidates }: Rollout): void {
  for (const { weight, buckets } of candidates) {
    expect(buckets.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(weight)
    for (const [index, { from, to }] of buckets.entries()) {
      expect(from).toBeLessThan(to)
      // Ranges that touch would be one range.
      if (index > 0) expect(from).toBeGreaterThan(buckets[index - 1]?.to ?? 0)
    }
  }
  const ranges = candidates.flatMap(({ buckets }) => buckets).sort((a, b) => a.from - b.from)
  for (const [index, { to }] of ranges.entries()) expect(to).toBeLessThanOrEqual(ranges[index + 1]?.from ?? BUCKETS)
}

describe('the division of the buckets', () => {
  test('the candidates of a new rollout get the lowest buckets, in their order', () => {
    expect(rangesOf(rolloutOf([share('a', 10), share('b', 0), share('c', 5)]))).toEqual({
      a: [[0, 10]],
      b: [],
      c: [[10, 15]],
    })
  })

  test('one candidate with any weights has one range, so its first callers stay the longest', () => {
    const weights = [10_000, 50_000, 100_000, 20_000, 0, 1]
    let rollout: Rollout | null = null
    for (const weight of weights) {
      rollout = rolloutOf([share('a', weight)], rollout)
      expect(rangesOf(rollout)).toEqual({ a: weight === 0 ? [] : [[0, weight]] })
    }
  })

  test('a candidate that grows takes the buckets that another one gives up, before those of the default', () => {
    const before = rolloutOf([share('a', 10), share('b', 10), share('c', 10)])
    expect(rangesOf(rolloutOf([share('a', 10), share('b', 4), share('c', 18)], before))).toEqual({
      a: [[0, 10]],
      b: [[10, 14]],
      c: [[14, 32]],
    })
  })

  test('the buckets that nobody takes fall to the default, and those of a candidate that left are taken first', () => {
    const before = rolloutOf([share('a', 10), share('b', 10), share('c', 10)])
    expect(rangesOf(rolloutOf([share('c', 10), share('d', 4)], before))).toEqual({ c: [[20, 30]], d: [[0, 4]] })
  })

  test('no bucket moves if only the order of the candidates changes', () => {
    const before = rolloutOf([share('a', 10), share('b', 20)])
    const after = rolloutOf([share('b', 20), share('a', 10)], before)
    expect(rangesOf(after)).toEqual({ a: [[0, 10]], b: [[10, 30]] })
  })

  test('every change of a rollout moves as few callers as its weights allow', () => {
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 8 }), (changes) => {
        let before: Rollout | null = null
        for (const shares of changes) {
          const after = rolloutOf(shares, before)
          expectWellFormed(after)
          expect(countMoved(before, after)).toBe(fewestMoved(before, after))
          before = after
        }
      }),
      { numRuns: 200 },
    )
  })
})

const weights = fc
  .tuple(
    fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'], { minLength: 1, maxLength: 8 }),
    fc.array(fc.oneof(fc.nat(3), fc.nat(100), fc.nat(BUCKETS)), { minLength: 8, maxLength: 8 }),
  )
  .map(([tags, numbers]) => {
    let left = BUCKETS
    return tags.map((tag, index) => {
      const weight = Math.min(left, numbers[index] ?? 0)
      left -= weight
      return share(tag, weight)
    })
  })

describe('the bound of 256 ranges', () => {
  const countRanges = ({ candidates }: Rollout) => candidates.flatMap(({ buckets }) => buckets).length

  // Each change takes the highest bucket from a, and gives it to b and c in turn.
  function* changes(count: number): Generator<readonly [before: Rollout, after: Rollout]> {
    let before = rolloutOf([share('a', 1_000), share('b', 0), share('c', 0)])
    for (let step = 1; step <= count; step++) {
      const halves = [Math.ceil(step / 2), Math.floor(step / 2)] as const
      const after = rolloutOf([share('a', 1_000 - step), share('b', halves[0]), share('c', halves[1])], before)
      yield [before, after]
      before = after
    }
  }

  test('many small changes reach 256 ranges, and beyond that each moves at most one more caller than it must', () => {
    const counts: number[] = []
    for (const [before, after] of changes(280)) {
      expectWellFormed(after)
      const extra = countMoved(before, after) - fewestMoved(before, after)
      counts.push(countRanges(after))
      expect(extra).toBeLessThanOrEqual(counts.length <= 255 ? 0 : 1)
    }
    expect(counts.slice(0, 255)).toEqual(Array.from({ length: 255 }, (_, index) => index + 2))
    expect(Math.max(...counts)).toBe(256)
  })
})
