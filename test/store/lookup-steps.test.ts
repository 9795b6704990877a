import { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseAliasName } from '../../src/domain/alias.ts'
import { active } from '../../src/domain/lifecycle.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'
import { service } from '../../src/store/contract/support.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { type RevisionSelector, type Store, theDefault } from '../../src/store/store.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const info = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: [] }] }
const deprecated = { ...active, deprecation: { message: '', replacement: null } }

let storage: Storage
let store: Store

beforeEach(async () => {
  storage = await sqliteStorage()
  store = openSqliteStore(storage.location.replace('sqlite:', ''))
})

afterEach(async () => {
  vi.restoreAllMocks()
  await store.close()
  await storage.remove()
})

const registered = () => new Log().register('1.0.0', { info })
const changed = () => registered().change('1.0.0', deprecated)
const followed = () => changed().register('0.9.0', { becomesDefault: false })
const tag = (text: string): RevisionSelector => ({ by: 'tag', tag: text as RevisionTag })
const alias: RevisionSelector = { by: 'alias', alias: parseAliasName('beta') }

test.for([
  ['the default that is the newest entry', registered, theDefault, 1],
  ['a default whose endpoints are in its registration', changed, theDefault, 2],
  ['a default that is not the newest entry, and whose endpoints are in its registration', followed, theDefault, 3],
  ['a tag in a service with aliases', () => followed().setAlias('beta', '1.0.0').register('0.8.0'), tag('1.0.0'), 3],
  ['a tag that does not exist', followed, tag('9.9.9'), 2],
  ['an alias in the newest entry', () => registered().setAlias('beta', '1.0.0'), alias, 2],
  ['an alias in an earlier entry', () => registered().setAlias('beta', '1.0.0').register('0.9.0'), alias, 3],
  [
    'an alias whose target has its endpoints in its registration',
    () => followed().setAlias('beta', '1.0.0').register('0.8.0'),
    alias,
    4,
  ],
] as const)('a lookup of %s takes the known number of index steps', async ([, makeLog, selector, steps]) => {
  await store.appendAll(makeLog().entries)
  expect(await stepsOf(() => store.lookup(service, selector))).toBe(steps)
})

/** The number of rows that a read asks for. The version of the file is not a row. */
async function stepsOf(read: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(StatementSync.prototype, 'get')
  await read()
  const steps = spy.mock.contexts.filter((statement) => !isVersion(statement as StatementSync))
  spy.mockRestore()
  return steps.length
}

const isVersion = ({ sourceSQL }: StatementSync) => sourceSQL.startsWith('PRAGMA')

async function repeat(read: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < 3; time++) await read()
}

test.for([
  ['the default', theDefault],
  ['a tag', tag('1.0.0')],
  ['an alias', alias],
] as const)(
  'a lookup of %s that is repeated takes no index step until something is written, and then one',
  async ([, selector]) => {
    await store.appendAll(followed().setAlias('beta', '1.0.0').register('0.8.0').entries)
    const read = () => store.lookup(service, selector)
    await repeat(read)
    expect(await stepsOf(read)).toBe(0)
    await store.appendAll(new Log([], parseServiceReference('my-org/other').service).register('1.0.0').entries)
    expect(await stepsOf(read)).toBe(1)
    expect(await stepsOf(read)).toBe(0)
  },
)

test('lookups of one turn that are repeated after a write take one index step for each service', async () => {
  const logs = ['my-org/a', 'my-org/b'].map((text) => new Log([], parseServiceReference(text).service))
  for (const log of logs) await store.appendAll(log.register('1.0.0').entries)
  const readAll = () => Promise.all([...logs, ...logs, ...logs].map((log) => store.lookup(log.service, theDefault)))
  await repeat(readAll)
  await store.appendAll(registered().entries)
  expect(await stepsOf(readAll)).toBe(2)
})

test('a lookup that is repeated after its log was replaced by another one of the same length answers from that one', async () => {
  await store.appendAll(registered().entries)
  await repeat(() => store.lookup(service, theDefault))
  const db = new DatabaseSync(storage.location.replace('sqlite:', ''))
  db.exec('DELETE FROM log')
  db.close()
  await store.appendAll(new Log().register('2.0.0').entries)
  expect(await store.lookup(service, theDefault)).toMatchObject({ generation: 1, revision: { revisionTag: '2.0.0' } })
})

test('an error of the disk in the middle of a lookup is an outage, and no damage of an entry', async () => {
  await store.appendAll(followed().entries)
  const { get } = StatementSync.prototype
  let calls = 0
  vi.spyOn(StatementSync.prototype, 'get').mockImplementation(function (this: StatementSync, ...values) {
    if (isVersion(this)) return get.apply(this, values)
    calls++
    if (calls === 3) throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 })
    return get.apply(this, values)
  })
  await expect(store.lookup(service, theDefault)).rejects.toMatchObject({ code: 'unavailable' })
  expect(calls).toBe(3)
})
