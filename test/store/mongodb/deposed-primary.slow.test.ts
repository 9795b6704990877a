import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { type Store, theDefault } from '../../../src/store/store.ts'
import { eventually } from '../../support/eventually.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { type FreezableReplicaSet, startFreezableReplicaSet } from '../../support/mongod.ts'

const ELECTION_TIMEOUT_MS = 1_500
const READS = 20

const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)

describe.skipIf(mongoSkipReason ?? isForeign)('a primary that was frozen while another one was elected', () => {
  let set: FreezableReplicaSet

  beforeAll(async () => {
    set = await startFreezableReplicaSet(ELECTION_TIMEOUT_MS)
  })
  afterAll(() => set.stop())

  /** A store over all members, and the port of the primary. */
  async function openAll() {
    const location = set.uri.replace('/?', '/waypost?')
    const store = await openMongoStore(location)
    const client = await MongoClient.connect(location)
    const { primary } = await client.db('admin').command({ hello: 1 })
    await client.close()
    return { store, port: Number(String(primary).split(':')[1]) }
  }

  /** Sends reads to a frozen member, so that they are the first that it does when it goes on. */
  const readEarly = (store: Store) => Promise.allSettled(Array.from({ length: READS }, () => generationOf(store)))

  test('with linearizable it never answers with the past, with majority only until it learns of the election and then not at all, and a store over all members follows the new primary', async () => {
    const { store, port } = await openAll()
    const log = new Log().register('1.0.0')
    await store.appendAll(log.entries)
    // The driver keeps its connections to the frozen member.
    const patience = 'heartbeatFrequencyMS=30000&connectTimeoutMS=30000&socketTimeoutMS=30000'
    const direct = `mongodb://127.0.0.1:${port}/waypost?directConnection=true&${patience}`
    const ofMajority = await openMongoStore(direct)
    const linearizable = await openMongoStore(`${direct}&readConcernLevel=linearizable`)
    expect([await generationOf(ofMajority), await generationOf(linearizable)]).toEqual([1, 1])
    const pid = set.pidOf(port)
    process.kill(pid, 'SIGSTOP')
    let early: Promise<PromiseSettledResult<number | undefined>[][]>
    try {
      const { next } = log.register('1.1.0')
      await eventually('the new primary stores an entry', async () => {
        return (await store.append(next).catch(() => 'unavailable')) === 'appended'
      })
      expect(await generationOf(store)).toBe(2)
      early = Promise.all([readEarly(ofMajority), readEarly(linearizable)])
      await new Promise((resolve) => setTimeout(resolve, 200))
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    const [majority = [], strict = []] = await early
    for (const outcome of strict) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(2)
      else expect(outcome.reason).toMatchObject({ reason: 'STORE_UNAVAILABLE' })
    }
    // It may have learned of the election before these reads.
    for (const outcome of majority) if (outcome.status === 'fulfilled') expect([1, 2]).toContain(outcome.value)
    expect(await generationOf(store)).toBe(2)
    // It is a secondary now, which may lag behind for any time, unless it was elected again.
    const member = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`)
    const isRight = async () => {
      const { isWritablePrimary } = await member.db('admin').command({ hello: 1 })
      return isWritablePrimary ? (await generationOf(ofMajority)) === 2 : isUnavailable(ofMajority)
    }
    // With this patience, the driver may look at the member only after 30 seconds.
    await eventually('reads over the direct connection fail while the member is a secondary', isRight, 60_000)
    await member.close()
    await Promise.all([store, ofMajority, linearizable].map((each) => each.close()))
  }, 120_000)
})

async function isUnavailable(store: Store): Promise<boolean> {
  const outcome: unknown = await generationOf(store).catch((error: unknown) => error)
  return outcome instanceof RegistryError && outcome.reason === 'STORE_UNAVAILABLE'
}

async function generationOf(store: Store): Promise<number | undefined> {
  return (await store.lookup(service, theDefault))?.generation
}
