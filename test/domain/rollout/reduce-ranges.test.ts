import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reduceRanges } from '../../../src/domain/rollout/reduce-ranges.ts'
import { countMoved, countRanges, merge, type Run } from '../../../src/domain/rollout/runs.ts'

/** The division in which each letter of the text owns its bucket. The default has the buckets with a dot. */
function runsOf(text: string): readonly Run[] {
  return merge([...text].map((letter, from) => ({ owner: '.abc'.indexOf(letter), from, to: from + 1 })))
}

function textOf(runs: readonly Run[]): string {
  return runs.map(({ owner, from, to }) => '.abc'.charAt(owner).repeat(to - from)).join('')
}

/** The fewest buckets that change hands, found by trying all divisions. */
function fewestMoved(before: string, after: string, most: number): number {
  const left = [...'.abc'].map((letter) => [...after].filter((each) => each === letter).length)
  let fewest = Number.POSITIVE_INFINITY
  const divide = (text: string, ranges: number, moved: number): void => {
    if (ranges > most || moved >= fewest) return
    if (text.length === after.length) fewest = moved
    else {
      for (const [owner, count] of left.entries()) {
        if (count === 0) continue
        const letter = '.abc'.charAt(owner)
        left[owner] = count - 1
        const isNew = letter !== '.' && !text.endsWith(letter)
        divide(text + letter, ranges + (isNew ? 1 : 0), moved + (before[text.length] === letter ? 0 : 1))
        left[owner] = count
      }
    }
  }
  divide('', 0, 0)
  return fewest
}

test.for([
  ['there are few enough ranges', 'aab.', 2, 'aab.'],
  ['an exchange with a neighbor saves enough ranges', 'ababab', 4, 'bbaaab'],
  ['the default is the neighbor', 'aaabb.a', 2, 'aaaabb.'],
  ['an exchange that saves two ranges moves fewer than two others', 'ab.abbb', 2, 'aa.bbbb'],
  ['two exchanges are needed', 'abcabc', 3, 'bbaacc'],
  ['no exchange saves a range, so that each candidate gets one', 'b.ab', 2, 'abb.'],
] as const)('reducing the ranges is right if %s', ([, division, most, expected]) => {
  const runs = runsOf(division)
  expect(textOf(reduceRanges({ before: runs, after: runs, most }))).toBe(expected)
})

const letters = fc.array(fc.constantFrom('.', 'a', 'b', 'c'), { minLength: 4, maxLength: 9 })

test('reducing the ranges keeps the bound, and the number of buckets of every owner', () => {
  fc.assert(
    fc.property(letters, letters, fc.integer({ min: 3, max: 5 }), (first, second, most) => {
      const after = second.slice(0, first.length)
      const before = first.slice(0, after.length)
      const reduced = reduceRanges({ before: runsOf(before.join('')), after: runsOf(after.join('')), most })
      expect(countRanges(reduced)).toBeLessThanOrEqual(most)
      expect([...textOf(reduced)].sort()).toEqual(after.sort())
    }),
    { numRuns: 1_000 },
  )
})

test('if one small change exceeds the bound, reducing the ranges mostly moves the fewest callers of all, and never many more', () => {
  const extra: number[] = []
  const oneChange = fc.record({
    before: fc.array(fc.constantFrom('.', 'a', 'b'), { minLength: 12, maxLength: 12 }),
    to: fc.constantFrom('.', 'b'),
  })
  fc.assert(
    fc.property(oneChange, ({ before, to }) => {
      const index = before.lastIndexOf('a')
      const after = before.with(index === -1 ? 0 : index, to)
      const [from, till] = [runsOf(before.join('')), runsOf(after.join(''))]
      const most = Math.max(2, countRanges(from))
      if (countRanges(till) <= most) return
      const moved = countMoved(from, reduceRanges({ before: from, after: till, most }))
      extra.push(moved - fewestMoved(before.join(''), after.join(''), most))
      expect(extra.at(-1)).toBeLessThanOrEqual(2)
    }),
    { numRuns: 1_000 },
  )
  expect(extra.length).toBeGreaterThan(50)
  expect(extra.filter((each) => each === 0).length / extra.length).toBeGreaterThan(0.9)
})
