import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { registrationEntry } from '../../src/domain/entries/new-entry.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceReference, parseSruid } from '../../src/domain/sruid.ts'
import { versionKey } from '../../src/domain/versions/version-key.ts'
import { CONTRACT_CASE_TIMEOUT_MS, storeContract } from '../../src/store/contract/contract.ts'
import { rewritingContract } from '../../src/store/contract/rewriting.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { type RevisionScan, theDefault } from '../../src/store/store.ts'
import { collect } from '../support/collect.ts'
import { damageRow } from '../support/damage.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

let storage: Storage
let path: string

beforeEach(async () => {
  storage = await sqliteStorage()
  path = storage.location.replace('sqlite:', '')
})

afterEach(() => storage.remove())

describe('the SQLite store keeps the contract', () => {
  for (const { name, run } of storeContract) {
    test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () =>
      run({
        open: async () => openSqliteStore(path),
        interrupt: async () => holdWriteLock(),
        damage: (generation) => damageRow(path, generation),
      }),
    )
  }
})

describe('the SQLite store keeps the contract of stores whose entries can be rewritten', () => {
  for (const { name, run } of rewritingContract) {
    test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () =>
      run({
        open: async () => openSqliteStore(path),
        interrupt: async () => holdWriteLock(),
        damage: (generation) => damageRow(path, generation),
      }),
    )
  }
})

describe('the SQLite file', () => {
  test('the SQLite file and the files that SQLite keeps beside it are readable by their owner only', async () => {
    writeFileSync(path, '', { mode: 0o644 })
    const store = openSqliteStore(path)
    await store.ping()
    for (const file of [path, `${path}-wal`, `${path}-shm`].filter(existsSync)) {
      expect(statSync(file).mode & 0o777, file).toBe(0o600)
    }
    await store.close()
  })

  test('a file that others could read is no longer readable by them, nor are the files beside it, behind a link either', async () => {
    await openSqliteStore(path).close()
    chmodSync(path, 0o644)
    symlinkSync(path, `${path}.link`)
    const store = openSqliteStore(`${path}.link`)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777, file).toBe(0o600)
    await store.close()
  })

  test('the SQLite file is in WAL mode, in which readers and a writer do not wait for each other', async () => {
    const store = openSqliteStore(path)
    const db = new DatabaseSync(path)
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    db.close()
    await store.close()
  })

  test('a SQLite file that a newer version of Waypost wrote is refused', () => {
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => openSqliteStore(path)).toThrow(/schema version 99/)
  })

  test('a SQLite file of version 0.1.0 keeps its revisions, and they are listed', async () => {
    const db = new DatabaseSync(path)
    db.exec(`
      CREATE TABLE entries (service TEXT NOT NULL, generation INTEGER NOT NULL, id TEXT NOT NULL, tag TEXT NOT NULL,
        time INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (service, generation)) STRICT;
      CREATE INDEX entries_by_tag ON entries (service, tag, generation);
      PRAGMA user_version = 1`)
    const insert = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)')
    const head = { defaultTag: '1.0.0', highestSemver: '1.0.0', highestRelease: '1.0.0' }
    const revision = { requestedDefault: null, registeredAt: 1_700_000_000_000 }
    const body = JSON.stringify({ actor: 'anonymous', event: 'revision-registered', revision, head })
    for (const [index, tag] of ['1.0.0', '0.9.0-rc.1', 'main'].entries()) {
      insert.run('my-org/my-service', index + 1, tag, tag, revision.registeredAt, body)
    }
    db.close()
    const store = openSqliteStore(path)
    const { service } = parseServiceReference('my-org/my-service')
    const tags = async (scan: RevisionScan) =>
      (await store.readRevisions(service, scan))?.revisions.map(({ revisionTag }) => revisionTag)
    expect(await tags({ order: 'version', limit: 10 })).toEqual(['1.0.0', '0.9.0-rc.1', 'main'])
    expect(await tags({ order: 'version', limit: 10, releasesOnly: true })).toEqual(['1.0.0'])
    expect(await tags({ order: 'registration', limit: 10 })).toEqual(['main', '0.9.0-rc.1', '1.0.0'])
    expect((await store.readServices({ limit: 10 })).services).toMatchObject([{ head: { revisionCount: 3 } }])
    await store.close()
  })

  test('a file that is not a SQLite database is refused', () => {
    writeFileSync(path, 'not a database, and long enough to be read as a header of one'.repeat(20))
    expect(() => openSqliteStore(path)).toThrow(/not a database/)
  })

  test('a SQLite file that another program made is refused and left as it was', () => {
    const db = new DatabaseSync(path)
    db.exec('CREATE TABLE recipes (x)')
    db.close()
    chmodSync(path, 0o644)
    const before = readFileSync(path)
    expect(() => openSqliteStore(path)).toThrow(/another program/)
    expect(statSync(path).mode & 0o777).toBe(0o644)
    expect(readFileSync(path).equals(before)).toBe(true)
  })
})

test('a damaged entry is a data_loss error for readers of its service, and other services are unaffected', async () => {
  const store = openSqliteStore(path)
  for (const name of ['damaged', 'sound']) await store.append(newEntry(name))
  const db = new DatabaseSync(path)
  db.exec("UPDATE log SET body = substr(body, 1, 20) WHERE service = 'my-org/damaged'")
  db.close()
  const [damaged, sound] = ['damaged', 'sound'].map((name) =>
    store.lookup(parseServiceReference(`my-org/${name}`).service, theDefault),
  )
  await expect(damaged).rejects.toMatchObject({ code: 'data_loss', message: expect.stringContaining('my-org/damaged') })
  expect(await sound).toMatchObject({ generation: 1 })
  await store.close()
})

test('a release that is found by a key that is not its own is a data_loss error, not an answer', async () => {
  const store = openSqliteStore(path)
  const { service } = parseServiceReference('my-org/my-service')
  await store.append(newEntry('my-service'))
  const db = new DatabaseSync(path)
  db.prepare('UPDATE log SET release = ?').run(versionKey('2.0.0' as RevisionTag))
  db.close()
  const scan = { order: 'version', releasesOnly: true, from: versionKey('1.5.0' as RevisionTag), limit: 10 } as const
  await expect(store.readRevisions(service, scan)).rejects.toMatchObject({ code: 'data_loss' })
  await store.close()
})

test('an audit of a SQLite file yields an entry once whose service is no UTF-8', async () => {
  const store = openSqliteStore(path)
  for (const name of ['one', 'two']) await store.append(newEntry(name))
  const db = new DatabaseSync(path)
  db.exec("UPDATE log SET service = CAST(x'ff' AS TEXT) WHERE service = 'my-org/one'")
  db.close()
  const found = (await collect(store.audit())).flat()
  expect(found.map(({ service, damage }) => [service, damage])).toEqual([
    ['my-org/two', null],
    ['\uFFFD', 'damaged'],
  ])
  await store.close()
})

test('reads go on while another process holds the write lock of the SQLite file', async () => {
  const store = openSqliteStore(path)
  const release = holdWriteLock()
  expect(await store.lookup(parseServiceReference('my-org/my-service').service, theDefault)).toBeNull()
  await release()
  await store.close()
})

function newEntry(name: string) {
  const sruid = parseSruid(`my-org/${name}:1.0.0`)
  const id = crypto.randomUUID()
  const registration = {
    id,
    sruid,
    requestedDefault: null,
    becomesDefault: true,
    principal: { name: 'test' },
    now: Date.now(),
  }
  return registrationEntry(null, registration)
}

function holdWriteLock(): () => Promise<void> {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  return async () => other.close()
}
