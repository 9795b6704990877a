import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { finishUpgrade } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { asForm2Storage, readStoredForms } from '../support/form-2.ts'
import { oldVersion } from '../support/old-version.ts'
import { seedFrom } from '../support/seed.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import type { Storage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { ready } from '../support/workers.ts'
import { runHistories } from './two-servers.ts'

// `npm run linearizability` is the long form. With the seed of an earlier run the writers make the same choices again.
const { WAYPOST_LINEARIZABILITY_OPERATIONS } = process.env
const CALLS = Number(WAYPOST_LINEARIZABILITY_OPERATIONS ?? 1_000)
// Both kinds of server were tested alone already.
const CALLS_OF_MIXED_SERVERS = Number(WAYPOST_LINEARIZABILITY_OPERATIONS ?? 400)
const SEED = seedFrom('WAYPOST_LINEARIZABILITY_SEED')
const TIMEOUT_MS = 3_600_000

const old = await oldVersion()

describeOnEachStore(`4 writers of one service over 2 servers, with the seed ${SEED}`, (createStorage) => {
  let storage: Storage
  let servers: ServeProcess[]

  beforeEach(async () => {
    storage = await createStorage()
    servers = []
  })

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await storage.remove()
  })

  async function serve(main?: string, ...args: readonly string[]): Promise<ServeProcess> {
    const server = await spawnServe(['--store', storage.location, ...args], {}, { main })
    servers.push(server)
    return server
  }

  const formsOf = async () => new Set((await readStoredForms(storage.location)).map(({ form }) => form))

  test('some order of the calls to two servers explains all answers', { timeout: TIMEOUT_MS }, async () => {
    const [a, b] = await Promise.all([serve(), serve()])
    await runHistories({ servers: [a, b], seed: SEED, calls: CALLS })
    expect(await problemsIn(storage.location), 'waypost verify').toEqual([])
  })

  test('some order of the calls to two workers of one server explains all answers', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const server = await serve(undefined, '--workers', '2')
    await ready(server, 2)
    // The connections of the writers go to the workers in turns.
    await runHistories({ servers: [server, server], seed: SEED, calls: CALLS_OF_MIXED_SERVERS })
    expect(await problemsIn(storage.location), 'waypost verify').toEqual([])
  })

  test('some order explains all answers if the upgrade of the store is finished meanwhile', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await asForm2Storage(Promise.resolve(storage))
    const [a, b] = await Promise.all([serve(), serve()])
    let finishing: Promise<unknown> | undefined
    const onProgress = (part: number) => {
      if (part >= 0.5) finishing ??= finishUpgrade(parseStore(storage.location))
    }
    await runHistories({ servers: [a, b], seed: SEED, calls: CALLS_OF_MIXED_SERVERS, onProgress })
    await finishing
    expect(await formsOf()).toEqual(new Set([2, 3]))
    expect(await problemsIn(storage.location), 'waypost verify').toEqual([])
  })

  describe.skipIf('unavailable' in old)('one of them of the older version', () => {
    test('some order of the calls to an old and a new server explains all answers', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const older = await serve('main' in old ? old.main : undefined)
      const newer = await serve()
      const servers = [{ url: older.url, isAlwaysStored: true }, newer] as const
      await runHistories({ servers, seed: SEED, calls: CALLS_OF_MIXED_SERVERS })
      expect(await formsOf()).toEqual(new Set([2]))
      expect(await problemsIn(storage.location), 'waypost verify').toEqual([])
    })
  })
})
