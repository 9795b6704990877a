import { expect, test } from 'vitest'
import { emptyHead } from '../../../src/domain/head.ts'
import type { FullSnapshot } from '../../../src/domain/log.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import type { RegistryLimits } from '../../../src/registry/core/registry-deps.ts'
import { Room } from '../../../src/registry/revisions/room.ts'
import type { Store } from '../../../src/store/store.ts'

const service = parseServiceId('my-org', 'my-service')
const stateWith = (revisionCount: number) => ({ head: { ...emptyHead, revisionCount } }) as FullSnapshot

function roomWith(limits: RegistryLimits | undefined, services = 0) {
  const counts: unknown[] = []
  const store = {
    countServices: async (count: unknown) => {
      counts.push(count)
      return services
    },
  } as unknown as Store
  return { room: new Room({ store, limits }, service), counts }
}

test.for([undefined, {}, { revisionsPerService: 3 }])(
  'a new service has room if services are not limited',
  (limits) => {
    const { room, counts } = roomWith(limits, 1_000_000)
    expect(room.require(null)).toBeUndefined()
    expect(counts).toEqual([])
  },
)

test('a service has room below its limit, and none at the limit or above a limit that was lowered', () => {
  const { room } = roomWith({ revisionsPerService: 3 })
  expect(room.require(stateWith(2))).toBeUndefined()
  for (const count of [3, 4, 100])
    expect(() => room.require(stateWith(count))).toThrow(
      `my-org/my-service has ${count} revisions, and the limit is 3;`,
    )
})

test('services are counted only for a new service, no further than the limit, and only once for each registration', async () => {
  const { room, counts } = roomWith({ servicesPerNamespace: 5 }, 4)
  expect(room.require(stateWith(1_000))).toBeUndefined()
  expect(counts).toEqual([])
  await Promise.all([room.require(null), room.require(null)])
  expect(counts).toEqual([{ namespace: 'my-org', most: 5 }])
})

test('a new service is refused in a full namespace', async () => {
  const { room } = roomWith({ servicesPerNamespace: 5 }, 5)
  await expect(room.require(null)).rejects.toMatchObject({ reason: 'TOO_MANY_SERVICES', code: 'failed_precondition' })
})
