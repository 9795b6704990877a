import { expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { keptRefusal } from '../../../src/server/call/kept-refusals.ts'
import { Refusals } from '../../../src/server/call/rate-limit.ts'
import type { Answer } from '../../../src/server/http/exchange.ts'

const errorAfter = (refusals: Refusals, waitMs: number) => refusals.refuse(waitMs).catch((error: unknown) => error)

test('equal waits get the same error, and a wait is never shorter than the real one', async () => {
  const refusals = new Refusals('read', 5)
  expect(await errorAfter(refusals, 121)).toBe(await errorAfter(refusals, 129.9))
  const waits = [0, 0.2, 1, 9.5, 10, 11, 130, 130.01, 1_000]
  const errors = await Promise.all(waits.map((wait) => errorAfter(refusals, wait)))
  expect(errors.map((error) => (error as RegistryError).retryAfterMs)).toEqual([1, 1, 1, 10, 10, 20, 130, 140, 1_000])
})

test('refusals of one turn are answered together, in the order of their calls', async () => {
  const refusals = new Refusals('read', 5)
  const order: number[] = []
  const all = [1, 2, 3].map((index) => refusals.refuse(100).catch(() => order.push(index)))
  await Promise.resolve()
  expect(order).toEqual([])
  await Promise.all(all)
  expect(order).toEqual([1, 2, 3])
})

test('a refusal is encoded once for each form of answers, and every other error each time', () => {
  const [grpc, json] = [{}, {}]
  let encoded = 0
  const encode = (): Answer => ({ status: 429, headers: { count: `${++encoded}` } })
  const limited = new RegistryError({ reason: 'RATE_LIMITED', message: 'too many.' })
  const first = keptRefusal(limited, grpc, encode)
  expect(keptRefusal(limited, grpc, encode)).toBe(first)
  expect(keptRefusal(limited, json, encode)).not.toBe(first)
  expect(encoded).toBe(2)
  const other = new RegistryError({ reason: 'STORE_UNAVAILABLE', message: 'no.' })
  expect(keptRefusal(other, grpc, encode)).not.toBe(keptRefusal(other, grpc, encode))
})
