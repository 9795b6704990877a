import { describe, expect, test } from 'vitest'
import type { Rates } from '../../../src/server/call/rate-limit.ts'
import type { LeaseGrant, LeaseRequest } from '../../../src/server/rates/lease-messages.ts'
import { LeasedRateLimiter } from '../../../src/server/rates/leased-rate-limiter.ts'
import { RateLeases } from '../../../src/server/rates/rate-leases.ts'

const CALLER = '["https://issuer.example.com","somebody"]'

/** Workers whose messages to the primary process are counted, and arrive as long as it answers. */
function startWorkers(rates: Rates, workers: number, patienceMs = 10_000) {
  const time = { ms: 0 }
  const now = () => time.ms
  const primary = new RateLeases(rates, { now })
  const state = { messages: 0, answers: true }
  const held: (() => void)[] = []
  const start = () => {
    let receive: (grants: readonly LeaseGrant[]) => void = () => {}
    const send = (requests: readonly LeaseRequest[]) => {
      state.messages++
      const answer = () => receive(primary.grant(requests))
      if (state.answers) setImmediate(answer)
      else held.push(answer)
    }
    const onGrants = (callback: typeof receive) => {
      receive = callback
    }
    return new LeasedRateLimiter({ rates, workers, now, patienceMs, channel: { send, onGrants } })
  }
  const answerAll = () => {
    state.answers = true
    for (const answer of held.splice(0)) answer()
  }
  return {
    time,
    state,
    answerAll,
    all: Array.from({ length: workers }, start) as [LeasedRateLimiter, ...LeasedRateLimiter[]],
  }
}

/** The outcome of one call: whether it was served. */
async function call(worker: LeasedRateLimiter | undefined, kind: 'read' | 'write' = 'read'): Promise<boolean> {
  try {
    await worker?.take(CALLER, kind)
    return true
  } catch {
    return false
  }
}

const count = (outcomes: readonly boolean[]) => outcomes.filter((isServed) => isServed).length

describe('the rates of several workers', () => {
  test.for([1, 2, 4, 16])('%i workers together serve each rate once', async (workers) => {
    const { all, time } = startWorkers({ read: 100 }, workers)
    let served = 0
    // Ten times the rate, evenly over all workers.
    for (let ms = 0; ms < 3_000; ms++) {
      served += count([await call(all[ms % workers])])
      time.ms++
    }
    expect(served).toBeGreaterThan(0.85 * 400)
    expect(served).toBeLessThanOrEqual(400)
  })

  test('a caller whose connection stays with one worker gets its whole rate there', async () => {
    const { all, time } = startWorkers({ read: 100 }, 8)
    let served = 0
    for (let ms = 0; ms < 3_000; ms++) {
      served += count([await call(all[0])])
      time.ms++
    }
    expect(served).toBeGreaterThan(390)
  })

  test('most calls of a busy caller send no message to the primary process', async () => {
    const { all, time, state } = startWorkers({ read: 1_000 }, 4)
    for (let ms = 0; ms < 2_000; ms++) {
      await call(all[0])
      time.ms += 2
    }
    expect(state.messages).toBeLessThan(2_000 / 20)
  })

  test('a caller with one call now and then waits for about one message per second', async () => {
    const { all, time, state } = startWorkers({ read: 1_000 }, 4)
    for (let index = 0; index < 200; index++) {
      expect(await call(all[0])).toBe(true)
      time.ms += 100
    }
    expect(state.messages).toBeLessThan(45)
  })

  test('a call with a token that is already leased does not wait at all', async () => {
    const { all } = startWorkers({ read: 1_000 }, 1)
    await Promise.all(Array.from({ length: 8 }, () => call(all[0])))
    await call(all[0])
    expect(all[0].take(CALLER, 'read')).toBeUndefined()
  })

  test('calls at the same time share one message, and no more of them are served than there are tokens', async () => {
    const { all, state } = startWorkers({ read: 10 }, 2)
    const outcomes = await Promise.all(Array.from({ length: 500 }, () => call(all[0])))
    expect(count(outcomes)).toBe(10)
    expect(state.messages).toBe(1)
  })

  test('a refused caller is refused without a message until there are tokens', async () => {
    const { all, time, state } = startWorkers({ write: 1 }, 2)
    expect(await call(all[0], 'write')).toBe(true)
    expect(await call(all[0], 'write')).toBe(false)
    const { messages } = state
    for (let index = 0; index < 1_000; index++) await expect(all[0].take(CALLER, 'write')).rejects.toThrow()
    expect(state.messages).toBe(messages)
    time.ms += 1_000
    expect(await call(all[0], 'write')).toBe(true)
  })

  test('a refusal of a worker carries the wait that the primary process knows', async () => {
    const { all, time } = startWorkers({ write: 1 }, 2)
    await all[0].take(CALLER, 'write')
    time.ms += 300
    await expect(async () => all[1]?.take(CALLER, 'write')).rejects.toMatchObject({
      reason: 'RATE_LIMITED',
      retryAfterMs: 700,
    })
  })

  test('tokens that a worker has kept for a second are not used any more', async () => {
    const { all, time } = startWorkers({ read: 100 }, 1)
    await Promise.all(Array.from({ length: 4 }, () => call(all[0])))
    await call(all[0])
    time.ms += 1_000
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => call(all[0])))
    expect(count(outcomes)).toBe(100)
  })
})

describe('a primary process that is slow to answer', () => {
  test('calls wait for a bounded time, and then the worker counts on its own', async () => {
    const { all, state } = startWorkers({ read: 3 }, 2, 1)
    state.answers = false
    const first = await Promise.all(Array.from({ length: 5 }, () => call(all[0])))
    expect(count(first)).toBe(3)
    expect(await call(all[0])).toBe(false)
  })

  test('only the first calls wait for it', async () => {
    const { all, state } = startWorkers({ read: 30 }, 2, 1)
    state.answers = false
    await call(all[0])
    for (let index = 0; index < 29; index++) expect(all[0].take(CALLER, 'read')).toBeUndefined()
    await expect(all[0].take(CALLER, 'read')).rejects.toThrow()
    expect(state.messages).toBe(1)
  })

  test('the worker leases tokens again once the answer has come', async () => {
    const { all, state, answerAll } = startWorkers({ read: 3 }, 1, 1)
    state.answers = false
    for (let index = 0; index < 3; index++) await call(all[0])
    expect(await call(all[0])).toBe(false)
    answerAll()
    // The primary process has not counted the calls that the worker counted.
    expect([await call(all[0]), await call(all[0]), await call(all[0]), await call(all[0])]).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})
