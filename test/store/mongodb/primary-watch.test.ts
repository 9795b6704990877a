import { EventEmitter } from 'node:events'
import type { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PrimaryWatch } from '../../../src/store/mongodb/primary-watch.ts'

const ADDRESS = '127.0.0.1:27017'

/** A client of the driver as far as a watch sees it. */
function fakeClient() {
  const client = Object.assign(new EventEmitter(), {
    options: { connectTimeoutMS: 2_000, heartbeatFrequencyMS: 1_000 },
  })
  const watch = new PrimaryWatch(client as unknown as MongoClient)
  const servers = (some: readonly object[], type = 'ReplicaSetWithPrimary') =>
    client.emit('topologyDescriptionChanged', {
      newDescription: { type, servers: new Map(some.map((server, index) => [String(index), server])) },
    })
  return {
    watch,
    servers: (...types: string[]) => servers(types.map((type) => ({ type, address: ADDRESS }))),
    direct: (type: string) => servers([{ type, address: ADDRESS }], 'Single'),
    elect: (address: string, election: string) =>
      servers([
        { type: 'RSSecondary', address: '127.0.0.1:1' },
        { type: 'RSPrimary', address, electionId: { toHexString: () => election } },
      ]),
    begin: (awaited = false) => client.emit('serverHeartbeatStarted', { connectionId: ADDRESS, awaited }),
    fail: () => client.emit('serverHeartbeatFailed', { connectionId: ADDRESS }),
    close: () => client.emit('serverClosed', { address: ADDRESS }),
  }
}

describe('a client that operations wait for', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('a client that asks a lost server again and again is not replaced, however long the outage is', () => {
    const { watch, begin, fail } = fakeClient()
    for (let second = 0; second < 60; second++) {
      begin()
      vi.advanceTimersByTime(900)
      fail()
      vi.advanceTimersByTime(100)
      expect(watch.isStuck).toBe(false)
    }
  })

  test('a client that no longer asks a lost server is stuck', () => {
    const { watch, begin, fail } = fakeClient()
    begin()
    fail()
    vi.advanceTimersByTime(2_500)
    expect(watch.isStuck).toBe(false)
    vi.advanceTimersByTime(500)
    expect(watch.isStuck).toBe(true)
  })

  test.for(['RSPrimary', 'Standalone', 'Mongos', 'LoadBalancer'])(
    'a client that knows a %s is not stuck',
    async (type) => {
      const { watch, begin, servers } = fakeClient()
      begin()
      vi.advanceTimersByTime(60_000)
      expect(watch.isStuck).toBe(true)
      servers('RSSecondary', type)
      expect(watch.isStuck).toBe(false)
      expect(await watch.found(0)).toBe(true)
    },
  )

  test('a server that waits with its answer until something changes has more time', () => {
    const { watch, begin } = fakeClient()
    begin(true)
    vi.advanceTimersByTime(3_500)
    expect(watch.isStuck).toBe(false)
    vi.advanceTimersByTime(500)
    expect(watch.isStuck).toBe(true)
  })

  test('a server that has left the replica set is not waited for', () => {
    const { watch, begin, close } = fakeClient()
    begin()
    close()
    vi.advanceTimersByTime(60_000)
    expect(watch.isStuck).toBe(false)
  })
})

describe('reads of a member that was just elected', () => {
  test('reads wait until a member that was just elected knows what a majority has, once for each election', async () => {
    const { watch, elect, servers } = fakeClient()
    let reads = 0
    const catchUp = () => watch.catchUp(async () => reads++)
    elect('127.0.0.1:2', '1')
    expect(watch.isCaughtUp).toBe(false)
    await Promise.all([catchUp(), catchUp(), catchUp()])
    expect([watch.isCaughtUp, reads]).toEqual([true, 1])
    // It was unreachable for a moment.
    servers('RSSecondary')
    elect('127.0.0.1:2', '1')
    expect(watch.isCaughtUp).toBe(true)
    elect('127.0.0.1:2', '2')
    expect(watch.isCaughtUp).toBe(false)
    await catchUp()
    elect('127.0.0.1:3', '2')
    expect([watch.isCaughtUp, reads]).toEqual([false, 2])
  })

  test('a member that was elected and lost during a read is remembered, because it may have answered the read', async () => {
    const { watch, elect, servers } = fakeClient()
    elect('127.0.0.1:2', '1')
    await watch.catchUp(async () => {})
    const { term } = watch
    servers('RSSecondary')
    expect([watch.isKnown, watch.term, watch.isCaughtUp]).toEqual([false, term, true])
    elect('127.0.0.1:3', '2')
    servers('RSSecondary')
    expect(watch.isKnown).toBe(false)
    expect(watch.term).not.toBe(term)
    expect(watch.isCaughtUp).toBe(false)
  })

  test.for(['RSSecondary', 'RSOther'])('no read of a %s goes on over a direct connection', (type) => {
    const { watch, direct } = fakeClient()
    direct(type)
    expect([watch.isKnown, watch.isCaughtUp]).toEqual([false, false])
  })

  test('a member that is lost over a direct connection is caught up when it is found again', async () => {
    const { watch, direct } = fakeClient()
    direct('RSPrimary')
    await watch.catchUp(async () => {})
    direct('Unknown')
    direct('RSPrimary')
    expect(watch.isCaughtUp).toBe(true)
    direct('RSSecondary')
    expect(watch.isCaughtUp).toBe(false)
  })

  test('a member that is elected while another one is asked is asked, too', async () => {
    const { watch, elect } = fakeClient()
    elect('127.0.0.1:2', '1')
    await watch.catchUp(async () => elect('127.0.0.1:3', '2'))
    expect(watch.isCaughtUp).toBe(false)
  })

  test('reads do not go on if a member that was just elected does not answer', async () => {
    const { watch, elect } = fakeClient()
    elect('127.0.0.1:2', '1')
    await expect(watch.catchUp(() => Promise.reject(new Error('no majority')))).rejects.toThrow('no majority')
    expect(watch.isCaughtUp).toBe(false)
  })

  test.for(['Standalone', 'Mongos', 'LoadBalancer'])('reads of a %s do not wait', (type) => {
    const { watch, servers } = fakeClient()
    servers(type)
    expect(watch.isCaughtUp).toBe(true)
  })
})
