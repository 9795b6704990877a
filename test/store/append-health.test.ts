import { expect, test } from 'vitest'
import { RegistryError } from '../../src/domain/errors.ts'
import { AppendHealth, PROBE_INTERVAL_MS } from '../../src/store/append-health.ts'
import { storeUnavailable } from '../../src/store/unavailable.ts'

/** A health whose clock stands still until it is moved, with a probe that counts its calls. */
function health() {
  const clock = { now: 0 }
  const probe = { calls: 0, run: async () => {} }
  const tested = new AppendHealth({
    clock: () => clock.now,
    probe: () => {
      probe.calls++
      return probe.run()
    },
  })
  const fail = (error: unknown = storeUnavailable('full')) =>
    expect(tested.observe(Promise.reject(error))).rejects.toBe(error)
  return { tested, clock, probe, fail }
}

test('an append passes on its result, and a check then asks nothing', async () => {
  const { tested, probe } = health()
  expect(await tested.observe(Promise.resolve(7))).toBe(7)
  await tested.check()
  expect(probe.calls).toBe(0)
})

test('a check after a failed append rejects with its error, and asks nothing for 10 seconds', async () => {
  const { tested, clock, probe, fail } = health()
  const error = storeUnavailable('full')
  await fail(error)
  clock.now = PROBE_INTERVAL_MS - 1
  await expect(tested.check()).rejects.toBe(error)
  expect(probe.calls).toBe(0)
})

test('checks at the same time share one question to the storage', async () => {
  const { tested, clock, probe, fail } = health()
  await fail()
  clock.now = PROBE_INTERVAL_MS
  await Promise.all([tested.check(), tested.check(), tested.check()])
  expect(probe.calls).toBe(1)
  await tested.check()
  expect(probe.calls).toBe(1)
})

test('a failed question is asked again only after another 10 seconds', async () => {
  const { tested, clock, probe, fail } = health()
  await fail()
  const still = storeUnavailable('still full')
  probe.run = () => Promise.reject(still)
  clock.now = PROBE_INTERVAL_MS
  await expect(tested.check()).rejects.toBe(still)
  await expect(tested.check()).rejects.toBe(still)
  expect(probe.calls).toBe(1)
  clock.now = 2 * PROBE_INTERVAL_MS
  await expect(tested.check()).rejects.toBe(still)
  expect(probe.calls).toBe(2)
})

test('an append that is stored ends the failure', async () => {
  const { tested, fail } = health()
  await fail()
  await tested.observe(Promise.resolve('appended'))
  await tested.check()
})

test('an error that is not of the storage says nothing about it', async () => {
  const { tested, fail } = health()
  await fail(new RegistryError({ reason: 'INTERNAL', message: 'the entry is too large.' }))
  await tested.check()
})
