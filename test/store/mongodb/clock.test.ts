import { EventEmitter } from 'node:events'
import type { MongoClient } from 'mongodb'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MongoConnection } from '../../../src/store/mongodb/connection.ts'
import { followServerClock } from '../../../src/store/mongodb/server-clock.ts'
import { ReferenceClock } from '../../../src/store/reference-clock.ts'
import { eventually } from '../../support/eventually.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { useStores } from './open-stores.ts'

const HOUR_MS = 60 * 60_000
const isNear = (time: number, other: number) => Math.abs(time - other) < HOUR_MS / 2

afterEach(() => {
  vi.restoreAllMocks()
})

describe.skipIf(mongoSkipReason)('the clock of a MongoDB store', () => {
  const { mongo, open } = useStores(mongoStorage)

  test('the clock of a MongoDB store is that of the server, even if the clock of the process was wrong at the start', async () => {
    const realNow = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + HOUR_MS)
    const store = await open()
    expect(isNear(store.now(), realNow())).toBe(true)
  })

  test('the clock of a connection follows the servers after the connection was renewed', async () => {
    const connection = await MongoConnection.open(mongo().storage.location)
    const { entries } = connection
    connection.clock.set(0)
    connection.renew()
    await eventually('the connection has a new client', async () => connection.entries !== entries)
    expect(isNear(connection.clock.now(), Date.now())).toBe(true)
    await connection.close()
  })
})

describe('heartbeats', () => {
  const heartbeats = () => {
    const client = new EventEmitter()
    const clock = new ReferenceClock()
    followServerClock(client as unknown as MongoClient, clock)
    return { clock, beat: (reply: object) => client.emit('serverHeartbeatSucceeded', { reply }) }
  }
  const localTime = new Date('2021-02-03T04:05:06Z')

  test('a heartbeat of a primary sets the clock to the time of that server', () => {
    const { clock, beat } = heartbeats()
    beat({ isWritablePrimary: true, localTime })
    expect(isNear(clock.now(), localTime.getTime())).toBe(true)
  })

  test.for([
    ['a secondary', { isWritablePrimary: false, secondary: true, localTime }],
    ['a server that tells no time', { isWritablePrimary: true }],
  ] as const)('a heartbeat of %s does not change the clock', ([, reply]) => {
    const { clock, beat } = heartbeats()
    beat(reply)
    expect(isNear(clock.now(), Date.now())).toBe(true)
  })
})
