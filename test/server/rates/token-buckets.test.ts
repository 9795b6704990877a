import { describe, expect, test } from 'vitest'
import { TokenBuckets } from '../../../src/server/rates/token-buckets.ts'

const clock = () => {
  const time = { ms: 1_000_000 }
  return { time, now: () => time.ms }
}

/** How many of `calls` single tokens a caller gets, `everyMs` apart. */
function takeMany(buckets: TokenBuckets, time: { ms: number }, calls: number, everyMs: number): number {
  let taken = 0
  for (let call = 0; call < calls; call++) {
    taken += buckets.take('a')
    time.ms += everyMs
  }
  return taken
}

describe('token buckets', () => {
  test('a caller that was quiet gets one second of its rate at once, and then no token', () => {
    const { now } = clock()
    const buckets = new TokenBuckets({ perSecond: 10, now })
    expect(Array.from({ length: 12 }, () => buckets.take('a'))).toEqual([...Array(10).fill(1), 0, 0])
  })

  test('tokens flow in at the rate, and a refused call costs none', () => {
    const { time, now } = clock()
    const buckets = new TokenBuckets({ perSecond: 10, now })
    expect(takeMany(buckets, time, 5_000, 1)).toBe(10 + 49)
  })

  test.for([1, 3, 7, 10, 30, 500, 999, 1_000_000])(
    'a caller of %i per second that waits as long as it is told gets a token, and not a moment sooner',
    (perSecond) => {
      const { time, now } = clock()
      const buckets = new TokenBuckets({ perSecond, now })
      expect(buckets.take('a', perSecond)).toBe(perSecond)
      for (let call = 0; call < 50; call++) {
        const wait = buckets.waitMs('a')
        time.ms += wait * 0.99
        expect(buckets.take('a')).toBe(0)
        time.ms += wait * 0.01
        expect(buckets.take('a')).toBe(1)
      }
    },
  )

  test('a bucket never holds more than one second of the rate, however long its caller was quiet', () => {
    const { time, now } = clock()
    const buckets = new TokenBuckets({ perSecond: 10, now })
    buckets.take('a', 10)
    time.ms += 3_600_000
    expect(buckets.take('a', 100)).toBe(10)
  })

  test('a caller that wants more tokens than there are gets all that there are', () => {
    const { time, now } = clock()
    const buckets = new TokenBuckets({ perSecond: 10, now })
    buckets.take('a', 10)
    time.ms += 350
    expect(buckets.take('a', 10)).toBe(3)
    expect(buckets.waitMs('a')).toBeCloseTo(50)
  })

  test('each caller has a bucket of its own', () => {
    const buckets = new TokenBuckets({ perSecond: 1, now: clock().now })
    expect(['a', 'b', 'a', 'b'].map((caller) => buckets.take(caller))).toEqual([1, 1, 0, 0])
  })

  test('there are never more buckets than the bound, however many callers come', () => {
    const buckets = new TokenBuckets({ perSecond: 1, most: 100, now: clock().now })
    for (let caller = 0; caller < 10_000; caller++) buckets.take(`caller ${caller}`)
    expect(buckets.size).toBe(100)
  })

  test('the caller that was quiet for the longest is forgotten first, and a refused call is not quiet', () => {
    const buckets = new TokenBuckets({ perSecond: 1, most: 3, now: clock().now })
    for (const caller of ['a', 'b', 'c', 'a', 'd']) buckets.take(caller)
    expect(['a', 'c', 'd'].map((caller) => buckets.take(caller))).toEqual([0, 0, 0])
    expect(buckets.take('b')).toBe(1)
  })

  test('a caller that was forgotten has one full bucket again, and no more', () => {
    const buckets = new TokenBuckets({ perSecond: 5, most: 1, now: clock().now })
    buckets.take('a', 5)
    buckets.take('b')
    expect(buckets.take('a', 100)).toBe(5)
  })
})
