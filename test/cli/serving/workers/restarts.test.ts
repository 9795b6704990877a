import { expect, test } from 'vitest'
import { Restarts } from '../../../../src/cli/serving/workers/restarts.ts'

/** The pauses after workers that lived for these times after they were ready, in milliseconds. */
function pausesAfter(...lives: readonly (number | undefined)[]): (number | undefined)[] {
  const restarts = new Restarts()
  return lives.map((lived) => restarts.afterEnd(lived, false))
}

const cases: readonly (readonly [string, readonly (number | undefined)[], readonly (number | undefined)[]])[] = [
  ['a worker that served for a while is replaced at once', [2_000, 60_000, 2_000], [0, 0, 0]],
  [
    'workers that end right after their start are replaced after longer and longer pauses',
    [0, 10, 1_999],
    [100, 200, 400],
  ],
  ['workers that never became ready are replaced after longer and longer pauses', [undefined, undefined], [100, 200]],
  [
    'the fifth worker in a row that ends right after its start is not replaced',
    [1, 1, undefined, 1, 1],
    [100, 200, 400, 800, undefined],
  ],
  ['a worker that started well ends the series of early ends', [1, 1, 1, 1, 3_000, 1], [100, 200, 400, 800, 0, 100]],
]

test.for(cases)('%s', ([, lives, pauses]) => {
  expect(pausesAfter(...lives)).toEqual(pauses)
})

test('while another worker serves, a worker is tried again without end, at least every 10 seconds', () => {
  const restarts = new Restarts()
  const pauses = Array.from({ length: 10 }, () => restarts.afterEnd(undefined, true))
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000])
  expect(restarts.afterEnd(undefined, false)).toBeUndefined()
})
