import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { composeHandler, composeRegistry } from '../../../src/compose.ts'
import { builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { Readiness } from '../../../src/server/health/readiness.ts'
import { NodeExchange } from '../../../src/server/http/node-exchange.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { OwnRateLimiter } from '../../../src/server/rates/own-rate-limiter.ts'
import { openStore, type Store } from '../../../src/server.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

// "A refused call costs less than a served one", as a count: it asks the store for nothing.

const disposals: (() => unknown)[] = []
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose()
})

test('a refused call asks the store for nothing, and a call is served again after the wait', async () => {
  const storage: Storage = await sqliteStorage()
  disposals.push(() => storage.remove())
  const store = await openStore(storage.location)
  disposals.push(() => store.close())
  let asked = 0
  const counting = new Proxy(store, {
    get: (target, name) => {
      const member = Reflect.get(target, name, target)
      if (typeof member !== 'function' || name === 'now')
        return typeof member === 'function' ? member.bind(target) : member
      return (...args: unknown[]) => {
        asked++
        return member.apply(target, args)
      }
    },
  }) as Store
  let now = 0
  const handle = composeHandler({
    deps: composeRegistry(counting, builtInPolicy('latest-semver')),
    ...{ readiness: new Readiness(store, silentLogger), log: silentLogger, limits: defaultLimits, basePath: '' },
    ...{ ownsRoot: true, hasReflection: false, corsOrigins: [], changingOrigins: [] },
    rateLimiter: new OwnRateLimiter({ read: 1, write: 1 }, { now: () => now }),
  })
  const server = createServer((request, response) => {
    handle(new NodeExchange(request, response))
  }).listen(0, '127.0.0.1')
  disposals.push(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/my-org/my-service`
  const register = async (revision_tag: string) =>
    (await fetch(url, { method: 'POST', body: JSON.stringify({ revision_tag }) })).status
  const get = async () => (await fetch(url)).status

  expect([await register('1.0.0'), await get()]).toEqual([201, 200])
  const served = asked
  expect(served).toBeGreaterThanOrEqual(3)
  for (let call = 0; call < 50; call++) expect([await register('2.0.0'), await get()]).toEqual([429, 429])
  expect(asked).toBe(served)
  now += 1_000
  expect([await register('2.0.0'), await get()]).toEqual([201, 200])
})
