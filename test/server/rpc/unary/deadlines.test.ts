import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadlines } from '../../../../src/server/rpc/unary/deadlines.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A call that expires after so many milliseconds, and notes when it did. */
function callIn(deadlines: Deadlines, ms: number) {
  const call = {
    expiresAt: performance.now() + ms,
    expiredAt: undefined as number | undefined,
    expire: () => {
      call.expiredAt = performance.now()
    },
  }
  deadlines.add(call)
  return call
}

test.each([1, 7, 8, 9, 100, 1_000, 8_191, 8_192, 8_193, 20_000, 30_000])(
  'a deadline in %i ms passes at most one tick late, and never early',
  (ms) => {
    vi.advanceTimersByTime(3)
    const call = callIn(new Deadlines(), ms)
    vi.advanceTimersByTime(ms - 1)
    expect(call.expiredAt).toBeUndefined()
    vi.advanceTimersByTime(17)
    expect(Number(call.expiredAt) - call.expiresAt).toBeLessThanOrEqual(16)
    expect(call.expiredAt).toBeGreaterThanOrEqual(call.expiresAt)
  },
)

test('a call that has ended does not expire', () => {
  const deadlines = new Deadlines()
  const [ended, other] = [callIn(deadlines, 50), callIn(deadlines, 50)]
  deadlines.delete(ended)
  vi.advanceTimersByTime(100)
  expect([ended.expiredAt, other.expiredAt]).toEqual([undefined, expect.any(Number)])
})

test('the timer runs only while a call has a deadline', () => {
  const deadlines = new Deadlines()
  expect(vi.getTimerCount()).toBe(0)
  const calls = [callIn(deadlines, 50), callIn(deadlines, 10_000)]
  expect(vi.getTimerCount()).toBe(1)
  for (const call of calls) deadlines.delete(call)
  vi.advanceTimersByTime(20)
  expect(vi.getTimerCount()).toBe(0)
})

test('all deadlines that passed while the process was stopped are noticed at once', () => {
  const deadlines = new Deadlines()
  const calls = [10, 5_000, 20_000].map((ms) => callIn(deadlines, ms))
  vi.setSystemTime(Date.now() + 60_000)
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
  vi.advanceTimersByTime(8)
  now.mockRestore()
  expect(calls.every(({ expiredAt }) => expiredAt !== undefined)).toBe(true)
})
