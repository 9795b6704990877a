import { expect, test } from 'vitest'
import { OwnRateLimiter } from '../../../src/server/rates/own-rate-limiter.ts'

const limiter = (rates: ConstructorParameters<typeof OwnRateLimiter>[0]) => {
  const time = { ms: 0 }
  return { time, rates: new OwnRateLimiter(rates, { now: () => time.ms }) }
}

const CALLER = '["https://issuer.example.com","somebody"]'

test('reads and writes of a caller are counted apart', async () => {
  const { rates } = limiter({ read: 2, write: 1 })
  rates.take(CALLER, 'read')
  rates.take(CALLER, 'write')
  rates.take(CALLER, 'read')
  await expect(rates.take(CALLER, 'read')).rejects.toThrow('2 reads per second')
  await expect(rates.take(CALLER, 'write')).rejects.toThrow('1 write per second')
})

test('a kind without a rate is never refused', async () => {
  const { rates } = limiter({ write: 1 })
  for (let call = 0; call < 1_000; call++) rates.take(CALLER, 'read')
  rates.take(CALLER, 'write')
  await expect(rates.take(CALLER, 'write')).rejects.toThrow()
})

test('a refusal names the rate and the wait, and carries the wait for programs', async () => {
  const { time, rates } = limiter({ write: 4 })
  for (let call = 0; call < 4; call++) rates.take(CALLER, 'write')
  time.ms += 50
  await expect(rates.take(CALLER, 'write')).rejects.toThrow(
    expect.objectContaining({
      reason: 'RATE_LIMITED',
      code: 'resource_exhausted',
      message: 'the caller has sent more than the 4 writes per second that it may send; try again in 0.2 seconds.',
      retryAfterMs: 200,
    }),
  )
})

test('addresses of one IPv6 network share a rate', async () => {
  const { rates } = limiter({ read: 2 })
  rates.take('address 2001:db8::1', 'read')
  rates.take('address 2001:db8::2', 'read')
  await expect(rates.take('address 2001:db8::3', 'read')).rejects.toThrow()
  rates.take('address 2001:db8:0:1::3', 'read')
})
