import { describe, expect, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
import { anyLabels } from '../../../src/domain/labels/label-selector.ts'
import { builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'
import type { RegistryDeps } from '../../../src/registry/core/registry-deps.ts'
import { getRevision } from '../../../src/registry/revisions/get-revision.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import type { Store } from '../../../src/store/store.ts'
import { caller } from '../../support/caller.ts'
import { sqliteStorage } from '../../support/storage.ts'

const MINUTE = 60_000
const NOON = Date.parse('2026-05-06T12:00:00Z')
const service = parseSruid('my-org/my-service:1.0.0')

interface Clocks {
  server: number
  store: number
}

/** A registry whose clocks are set by hand. */
async function withClocks(use: (deps: RegistryDeps, clocks: Clocks) => Promise<void>): Promise<void> {
  const storage = await sqliteStorage()
  const store = await openStore(parseStore(storage.location))
  const clocks: Clocks = { server: NOON, store: NOON }
  const composed = composeRegistry(
    withClock(store, () => clocks.store),
    builtInPolicy('latest-semver'),
  )
  try {
    await use({ ...composed, now: () => clocks.server }, clocks)
  } finally {
    await store.close()
    await storage.remove()
  }
}

function withClock(store: Store, now: () => number): Store {
  return new Proxy(store, {
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name).bind(target)),
  })
}

function add(
  deps: RegistryDeps,
  tag: string,
  options: { readonly requestId?: string; readonly validateOnly?: boolean } = {},
) {
  const { requestId, validateOnly = false } = options
  const mark = { id: requestId ?? '', fingerprint: 'same' }
  const request = requestId === undefined ? null : { mark, isSameAs: () => true }
  const sruid = parseSruid(`my-org/my-service:${tag}`)
  return register(deps, { sruid, requestedDefault: null, info: noInfo, request, validateOnly }, caller)
}

const timesOf = async ({ store }: RegistryDeps) =>
  (await store.readLog(service, { after: 0, limit: 100 })).map(({ time }) => time)

describe('the time of a change', () => {
  test.for([5 * MINUTE + 1, -5 * MINUTE - 1, 7_000 * 365 * 24 * 60 * MINUTE])(
    'a change is refused and nothing is stored while the server is %d ms from the store, and reads go on',
    (difference) =>
      withClocks(async (deps, clocks) => {
        await add(deps, '1.0.0')
        clocks.server = NOON + difference
        const skew = { code: 'unavailable', reason: 'CLOCK_SKEW' }
        await expect(add(deps, '1.1.0')).rejects.toMatchObject(skew)
        await expect(add(deps, '1.1.0', { validateOnly: true })).rejects.toMatchObject(skew)
        const query = {
          service,
          selector: { by: 'default' },
          labels: anyLabels,
          targetingKey: null,
          at: null,
          explain: false,
        } as const
        expect((await getRevision(deps, query, caller)).revision.revisionTag).toBe('1.0.0')
        expect(await timesOf(deps)).toEqual([NOON])
        clocks.server = NOON + 1
        await add(deps, '1.1.0')
        expect(await timesOf(deps)).toEqual([NOON, NOON + 1])
      }),
  )

  test('a change is refused in the year 10000, even if the clock of the store agrees', () =>
    withClocks(async (deps, clocks) => {
      clocks.server = clocks.store = Date.UTC(10_000)
      await expect(add(deps, '1.0.0')).rejects.toMatchObject({ reason: 'CLOCK_SKEW' })
      expect(await timesOf(deps)).toEqual([])
    }))

  test('a change that was made before gets its answer again while the clock is wrong', () =>
    withClocks(async (deps, clocks) => {
      const first = await add(deps, '1.0.0', { requestId: 'a' })
      clocks.server = NOON + 6 * MINUTE
      expect(await add(deps, '1.0.0', { requestId: 'a' })).toEqual(first)
    }))

  test('the time never falls within a service if the clock goes back by less than 5 minutes', () =>
    withClocks(async (deps, clocks) => {
      for (const [index, minutes] of [0, -4, -1, 1].entries()) {
        clocks.server = NOON + minutes * MINUTE
        await add(deps, `1.${index}.0`)
      }
      expect(await timesOf(deps)).toEqual([NOON, NOON, NOON, NOON + MINUTE])
    }))

  test('a service whose newest entry has a time in the future keeps that time until it has come', () =>
    withClocks(async (deps, clocks) => {
      const future = NOON + 30 * 24 * 60 * MINUTE
      const said = {
        requestedDefault: null,
        becomesDefault: true,
        principal: { name: 'an older version' },
        now: future,
      }
      await deps.store.append(registrationEntry(null, { id: 'first', sruid: service, ...said }))
      const { revision } = await add(deps, '1.1.0')
      expect(revision.registeredAt).toBe(future)
      clocks.server = clocks.store = future + MINUTE
      await add(deps, '1.2.0')
      expect(await timesOf(deps)).toEqual([future, future, future + MINUTE])
    }))
})
