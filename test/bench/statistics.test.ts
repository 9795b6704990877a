import { expect, test } from 'vitest'
import { median, percentile } from '../../bench/bench.ts'
import { slopeOf } from '../../bench/speed/slope.ts'

test('the slope is that of the line with the least sum of squares', () => {
  const line = [0, 1, 2, 3].map((x) => ({ x, y: 5 - 2 * x }))
  expect(slopeOf(line)).toBe(-2)
  const scattered = [
    { x: 0, y: 1 },
    { x: 1, y: 0 },
    { x: 2, y: 2 },
  ]
  expect(slopeOf(scattered)).toBe(0.5)
})

test('a percentile is the least value that this share of the values does not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect([0.01, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100])
})

test('the median of an even number of values is between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
})
