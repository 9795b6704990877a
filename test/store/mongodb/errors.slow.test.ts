import { type Document, MongoClient, MongoCompatibilityError } from 'mongodb'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import type { UpgradableStore } from '../../../src/store/forms/upgradable-store.ts'
import { type Consequence, errorTable, rowOf } from '../../../src/store/mongodb/errors.ts'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { theDefault } from '../../../src/store/store.ts'
import { mongoLocation } from '../../support/mongo.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { type FailingMongod, startFailingMongod } from '../../support/mongod.ts'
import { newEntry, service } from './entries.ts'

const codes: readonly (readonly [string, number, Consequence])[] = [
  ['HostUnreachable', 6, 'retry'],
  ['HostNotFound', 7, 'retry'],
  ['UserNotFound', 11, 'unavailable'],
  ['Unauthorized', 13, 'unavailable'],
  ['AuthenticationFailed', 18, 'unavailable'],
  ['LockTimeout', 24, 'retry'],
  ['CursorNotFound', 43, 'retry'],
  ['LockBusy', 46, 'retry'],
  ['MaxTimeMSExpired', 50, 'unavailable'],
  ['StaleShardVersion', 63, 'retry'],
  ['WriteConcernFailed', 64, 'retry'],
  ['ShardNotFound', 70, 'retry'],
  ['UnknownReplWriteConcern', 79, 'unavailable'],
  ['NetworkTimeout', 89, 'retry'],
  ['ShutdownInProgress', 91, 'retry'],
  ['UnsatisfiableWriteConcern', 100, 'unavailable'],
  ['WriteConflict', 112, 'retry'],
  ['FailedToSatisfyReadPreference', 133, 'retry'],
  ['ReadConcernMajorityNotAvailableYet', 134, 'retry'],
  ['ExceededMemoryLimit', 146, 'unavailable'],
  ['StaleEpoch', 150, 'retry'],
  ['QueryPlanKilled', 175, 'retry'],
  ['PrimarySteppedDown', 189, 'retry'],
  ['NetworkInterfaceExceededTimeLimit', 202, 'retry'],
  ['CursorKilled', 237, 'retry'],
  ['ExceededTimeLimit', 262, 'retry'],
  ['TemporarilyUnavailable', 365, 'unavailable'],
  ['SocketException', 9_001, 'retry'],
  ['LegacyNotPrimary', 10_058, 'retry'],
  ['NotWritablePrimary', 10_107, 'retry'],
  ['BSONObjectTooLarge', 10_334, 'defect'],
  ['InterruptedAtShutdown', 11_600, 'retry'],
  ['Interrupted', 11_601, 'unavailable'],
  ['InterruptedDueToReplStateChange', 11_602, 'retry'],
  ['NotPrimaryNoSecondaryOk', 13_435, 'retry'],
  ['NotPrimaryOrSecondary', 13_436, 'retry'],
  ['OutOfDiskSpace', 14_031, 'unavailable'],
  ['KeyTooLong', 17_280, 'defect'],
  ['a document that an update would make too large', 17_419, 'defect'],
  ['a document that an upsert would make too large', 17_420, 'defect'],
  ['BadValue, which is in no row', 2, 'defect'],
]

const { service: other } = parseServiceReference('my-org/other')
const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)

describe.skipIf(mongoSkipReason ?? isForeign)('the errors of MongoDB', () => {
  let mongod: FailingMongod
  let stores: UpgradableStore[] = []

  // A new database takes a third of a second.
  let shared: string

  beforeAll(async () => {
    mongod = await startFailingMongod()
    shared = mongoLocation(mongod.uri)
  })
  afterEach(async () => {
    await mongod.failCommands({}, 0)
    await Promise.all(stores.map((store) => store.close()))
    stores = []
  })
  afterAll(() => mongod.stop())

  const open = async (query = '', location = mongoLocation(mongod.uri)) => {
    const store = await openMongoStore(`${location}${location.includes('?') ? '&' : '?'}${query}`)
    stores.push(store)
    return store
  }
  const reads = ['find', 'aggregate', 'ping']
  const fail = (failCommands: readonly string[], how: Document, times?: number) =>
    mongod.failCommands({ failCommands, ...how }, times)
  const unavailable = { code: 'unavailable', reason: 'STORE_UNAVAILABLE' }

  test('the table of errors has exactly the codes that are tested here, apart from those of a conflict', () => {
    const inTable = errorTable.flatMap(({ consequence, codes: some = [] }) => (consequence === 'conflict' ? [] : some))
    const tested = codes.flatMap(([, code]) => (code === 2 ? [] : [code]))
    expect(inTable.toSorted((a, b) => a - b)).toEqual(tested.toSorted((a, b) => a - b))
  })

  test.for(codes)('a read, a ping and an append that fail with %s (%i) have the consequence %s', async (row) => {
    const [, errorCode, consequence] = row
    const store = await open('', shared)
    const entry = { ...newEntry('1.0.0'), service: parseServiceReference(`my-org/code-${errorCode}`).service }
    // Each command fails once, so a second try succeeds.
    await fail(['aggregate', 'find', 'ping', 'insert'], { errorCode }, 3)
    const calls = [store.readHead(other), store.ping(), store.append(entry)]
    const outcomes = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)))
    if (consequence === 'retry') return expect(outcomes).toEqual([null, undefined, 'appended'])
    for (const outcome of outcomes) {
      if (consequence === 'unavailable') expect(outcome).toMatchObject(unavailable)
      else expect(outcome).toMatchObject({ name: 'MongoServerError', code: errorCode })
    }
  })

  test('a lost privilege and wrong credentials are logged with the remedy, which callers do not see', async () => {
    const store = await open()
    for (const [errorCode, remedy] of [
      [13, /give the user the role readWrite/],
      [18, /check the user, the password and authSource/],
    ] as const) {
      await fail(['insert'], { errorCode })
      const error = (await store.append(newEntry('1.0.0')).catch((reason: unknown) => reason)) as Error
      expect(error.message).toBe('the store cannot be reached; try again later.')
      expect(error.cause).toMatchObject({ message: expect.stringMatching(remedy) })
    }
  })

  test('a read and an append whose connection breaks are tried again', async () => {
    const store = await open()
    await fail(reads, { closeConnection: true })
    expect(await store.lookup(service, theDefault)).toBe(null)
    await fail(['insert'], { closeConnection: true })
    expect(await store.append(newEntry('1.0.0'))).toBe('appended')
  })

  test('reads whose pool is cleared, because another operation failed, are tried again', async () => {
    const store = await open('maxPoolSize=2')
    await fail(reads, { errorCode: 91, blockConnection: true, blockTimeMS: 100 }, 2)
    const lookups = Array.from({ length: 20 }, () => store.lookup(service, theDefault))
    expect(await Promise.all([...lookups, store.ping()])).toEqual([...lookups.map(() => null), undefined])
  })

  test('an insert that a majority did not confirm in time is confirmed by the next try', async () => {
    const store = await open()
    const entry = newEntry('1.0.0')
    await fail(['insert'], { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } })
    expect(await store.append(entry)).toBe('appended')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual([entry])
  })

  test('an entry that another insert has stored, but no majority confirms, is not acknowledged', async () => {
    const store = await open()
    const entry = newEntry('1.0.0')
    await store.append(entry)
    await fail(['update'], { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }, 1_000)
    await expect(store.append(entry)).rejects.toMatchObject(unavailable)
    await fail([], {}, 0)
    expect(await store.append(entry)).toBe('appended')
  })

  test('an error that lasts is told after at most 5 seconds, and the next append finds the entry', async () => {
    const store = await open()
    const entry = newEntry('1.0.0')
    await fail(['insert'], { errorCode: 11_602 }, 1_000)
    const start = performance.now()
    await expect(store.append(entry)).rejects.toMatchObject(unavailable)
    expect(performance.now() - start).toBeLessThan(5_000)
    await fail([], {}, 0)
    expect(await store.append(entry)).toBe('appended')
  })

  test('a call whose caller was told that it failed is not tried again', async () => {
    const store = await open()
    await fail(['insert', 'aggregate'], { errorCode: 112 }, 1_000_000)
    const outcomes = await Promise.allSettled([store.append(newEntry('1.0.0')), store.readHead(service)])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable })
    await fail([], {}, 0)
    // Tries are at most 100 ms apart.
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await store.readHead(service)).toBe(null)
  })

  test('an entry that a failover undoes while it is confirmed is stored again before it is acknowledged', async () => {
    const location = mongoLocation(mongod.uri)
    const store = await open('', location)
    const entry = newEntry('1.0.0')
    await store.append(entry)
    await fail(['update'], { blockConnection: true, blockTimeMS: 500 })
    const appending = store.append(entry)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const client = await MongoClient.connect(location)
    await client.db().collection('entries').deleteMany({})
    await client.close()
    expect(await appending).toBe('appended')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual([entry])
  })

  test('a call that gets no connection of the pool fails at once, and the others go on', async () => {
    const store = await open('maxPoolSize=1&waitQueueTimeoutMS=100')
    await fail(reads, { blockConnection: true, blockTimeMS: 1_000 })
    const first = store.readHead(service)
    // The lookup is sent at the end of a turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 50))
    const start = performance.now()
    const error = (await store.ping().catch((reason: unknown) => reason)) as Error
    expect(error).toMatchObject({ ...unavailable, cause: { message: expect.stringMatching(/maxPoolSize/) } })
    expect(performance.now() - start).toBeLessThan(900)
    expect(await first).toBe(null)
  })

  test('the server itself ends a read that takes longer than the connection waits', async () => {
    const store = await open('socketTimeoutMS=10000')
    const client = await MongoClient.connect(mongod.uri)
    const always = (mode: string) => client.db('admin').command({ configureFailPoint: 'maxTimeAlwaysTimeOut', mode })
    await always('alwaysOn')
    await expect(store.readHead(service)).rejects.toMatchObject({ ...unavailable, cause: { code: 50 } })
    await always('off')
    await client.close()
  })

  test('an overloaded server is left alone', async () => {
    const store = await open()
    // A second try would succeed.
    await fail(reads, { errorCode: 462, errorLabels: ['SystemOverloadedError', 'RetryableError'] })
    await expect(store.readHead(service)).rejects.toMatchObject(unavailable)
  })

  test('an error with a label of the server that allows a second try is tried again, whatever its code is', async () => {
    const store = await open()
    await fail(['insert'], { errorCode: 2, errorLabels: ['RetryableWriteError'] })
    expect(await store.append(newEntry('1.0.0'))).toBe('appended')
  })

  test('an entry that is too large for a document is a defect, not an outage', async () => {
    const store = await open()
    const entry = newEntry('1.0.0')
    const large = { ...entry, principal: { name: 'x'.repeat(17 * 1024 * 1024) } }
    const error: unknown = await store.append(large).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toMatchObject(unavailable)
    expect(await store.append(entry)).toBe('appended')
  })

  test('a closed client is worth a second try, because a new one may have taken its place', async () => {
    const client = await MongoClient.connect(mongod.uri)
    await fail(reads, { blockConnection: true, blockTimeMS: 500 })
    const interrupted = client.db('waypost').collection('entries').findOne()
    setTimeout(() => void client.close(), 100)
    const error: unknown = await interrupted.catch((reason: unknown) => reason)
    expect(rowOf(error)?.consequence).toBe('retry')
    const after: unknown = await client
      .db('waypost')
      .command({ ping: 1 }, {})
      .catch((reason: unknown) => reason)
    expect(after instanceof Error ? rowOf(after)?.consequence : 'reconnected').toMatch(/retry|reconnected/)
    await client.close()
  })

  test('a deployment whose version does not fit is unavailable', () => {
    expect(rowOf(new MongoCompatibilityError('too old'))?.consequence).toBe('unavailable')
  })

  test('an error that is not about the deployment is in no row', () => {
    expect(rowOf(new TypeError('the key is damaged'))).toBe(undefined)
  })

  test('a store that is being closed lets its reads end, and begins no new ones', async () => {
    const store = await open()
    await fail(reads, { blockConnection: true, blockTimeMS: 300 })
    const reading = store.readHead(service)
    const closing = store.close()
    await new Promise((resolve) => setImmediate(resolve))
    await expect(store.readHead(service)).rejects.toMatchObject(unavailable)
    expect(await reading).toBe(null)
    await closing
  })
})
