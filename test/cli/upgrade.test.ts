import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeOnEachStore } from '../support/each-store.ts'
import { asForm2Storage, readStoredForms } from '../support/form-2.ts'
import { sendJson } from '../support/send-json.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { refused } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

const done = (stdout: string) => ({ exitCode: 0, stdout: `${stdout}\n`, stderr: '' })
const UNFINISHED =
  'new entries are written in form 2; run waypost upgrade --finish once no older version runs on the store'
const FINISHED = 'new entries are written in form 3; the upgrade is finished'

const upgrade = (location: string, ...flags: readonly string[]) =>
  runInProcess(['upgrade', '--store', location, ...flags])

describeOnEachStore('waypost upgrade', (createStorage) => {
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

  async function serve(): Promise<ServeProcess> {
    const server = await spawnServe(['--store', storage.location])
    servers.push(server)
    return server
  }

  async function logOfServer(): Promise<string> {
    const server = await spawnServe(['--store', storage.location])
    await server.stop()
    return server.stderr()
  }

  async function register(server: ServeProcess, tag: string): Promise<void> {
    const { status } = await sendJson(server.url, '/services/my-org/my-service', { body: { revision_tag: tag } })
    expect(status).toBe(201)
  }

  const forms = async () => (await readStoredForms(storage.location)).map(({ form }) => form)

  test('waypost upgrade finishes the upgrade while servers run, which then write form 3 without a restart', async () => {
    await asForm2Storage(Promise.resolve(storage))
    const [server, other] = [await serve(), await serve()]
    await register(server, '1.0.0')
    expect(await upgrade(storage.location, '--status')).toEqual(done(UNFINISHED))
    expect(await upgrade(storage.location, '--finish')).toEqual(
      done('the upgrade is finished; new entries are written in form 3'),
    )
    expect(await upgrade(storage.location, '--status')).toEqual(done(FINISHED))
    await register(server, '1.1.0')
    await register(other, '1.2.0')
    expect(await forms()).toEqual([2, 3, 3])
    const { text } = await sendJson(server.url, '/services/my-org/my-service/revisions')
    expect(JSON.parse(text)).toMatchObject({
      revisions: ['1.2.0', '1.1.0', '1.0.0'].map((tag) => ({ revision_tag: tag })),
    })
  })

  test('waypost upgrade --finish does nothing if the upgrade is finished, and a new store never needs it', async () => {
    await register(await serve(), '1.0.0')
    expect(await upgrade(storage.location, '--status')).toEqual(done(FINISHED))
    for (let time = 0; time < 2; time++) {
      expect(await upgrade(storage.location, '--finish')).toEqual(
        done('the upgrade was finished before; new entries are written in form 3'),
      )
    }
    await register(await serve(), '1.1.0')
    expect(await forms()).toEqual([3, 3])
  })

  test('waypost upgrade --status --json prints the form and whether the upgrade is finished', async () => {
    await asForm2Storage(Promise.resolve(storage))
    const status = ['--status', '--json']
    expect(await upgrade(storage.location, ...status)).toEqual(done('{"form":2,"is_finished":false}'))
    await upgrade(storage.location, '--finish')
    expect(await upgrade(storage.location, ...status)).toEqual(done('{"form":3,"is_finished":true}'))
  })

  test('a server that starts before the upgrade is finished says so in its log, and later servers do not', async () => {
    await asForm2Storage(Promise.resolve(storage))
    const message = 'the upgrade of the store is not finished; run waypost upgrade --finish once no older version runs'
    expect(await logOfServer()).toMatch(new RegExp(`{"level":40,.*"form":2,"msg":"${message}"}`))
    await upgrade(storage.location, '--finish')
    expect(await logOfServer()).not.toContain('upgrade')
  })

  test.for(['--status', '--finish'])(
    'waypost upgrade %s refuses a place without a store, and makes none',
    async (flag) => {
      expect(await upgrade(storage.location, flag)).toEqual(refused(5, /--store \(WAYPOST_STORE\) .*; (use|check) /))
      expect(await forms().catch(() => [])).toEqual([])
      expect(existsSync(storage.location.replace('sqlite:', ''))).toBe(false)
    },
  )
})

describe('the command line of waypost upgrade', () => {
  test.for([
    ['no flag', [], /needs --status or --finish/],
    ['both flags', ['--status', '--finish'], /--status.*--finish|--finish.*--status/],
  ] as const)('waypost upgrade with %s is refused', async ([, flags, why]) => {
    const { exitCode, stdout, stderr } = await runInProcess(['upgrade', ...flags])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(why)
  })
})

describe('waypost upgrade on a file that is not a store of this version', () => {
  let storage: Storage
  beforeEach(async () => {
    storage = await sqliteStorage()
  })
  afterEach(() => storage.remove())

  test.for([
    ['an empty file', '', /is not a Waypost store; use the path of a store/],
    ['a database of another program', 'CREATE TABLE recipes (x)', /is not a Waypost store; use the path of a store/],
    ['a file of a newer version', 'PRAGMA user_version = 99', /schema version 99, .*; use a newer Waypost/],
  ] as const)('waypost upgrade refuses %s and leaves it as it was', async ([, sql, why]) => {
    const db = new DatabaseSync(storage.location.replace('sqlite:', ''))
    db.exec(sql)
    const before = db.prepare('SELECT * FROM sqlite_schema').all()
    for (const flag of ['--status', '--finish']) expect(await upgrade(storage.location, flag)).toEqual(refused(5, why))
    expect(db.prepare('SELECT * FROM sqlite_schema').all()).toEqual(before)
    db.close()
  })
})
