import { expect, test } from 'vitest'
import { inTurns, TURN_MS } from '../src/turns.ts'

function busy(ms: number): void {
  const began = performance.now()
  while (performance.now() - began < ms);
}

test('a long task gives others turns of the event loop, and has its results in their order', async () => {
  let others = 0
  let isOver = false
  const count = () => {
    others++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const results = await inTurns([1, 2, 3, 4, 5, 6], (item) => {
    busy(TURN_MS)
    return item * 2
  })
  isOver = true
  expect(results).toEqual([2, 4, 6, 8, 10, 12])
  expect(others).toBeGreaterThanOrEqual(5)
})

test('many long tasks together take one turn each, so that others do not wait for all of them', async () => {
  let others = 0
  let isOver = false
  const count = () => {
    others++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await Promise.all(Array.from({ length: 10 }, () => inTurns([1, 2, 3, 4], () => busy(TURN_MS))))
  isOver = true
  expect(others).toBeGreaterThanOrEqual(30)
})
