import { StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseAliasName } from '../../src/domain/alias.ts'
import { active } from '../../src/domain/lifecycle.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
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
  const spy = vi.spyOn(StatementSync.prototype, 'get')
  await store.lookup(service, selector)
  expect(spy).toHaveBeenCalledTimes(steps)
})

test('an error of the disk in the middle of a lookup is an outage, and no damage of an entry', async () => {
  await store.appendAll(followed().entries)
  const { get } = StatementSync.prototype
  let calls = 0
  vi.spyOn(StatementSync.prototype, 'get').mockImplementation(function (this: StatementSync, ...values) {
    calls++
    if (calls === 3) throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 })
    return get.apply(this, values)
  })
  await expect(store.lookup(service, theDefault)).rejects.toMatchObject({ code: 'unavailable' })
  expect(calls).toBe(3)
})
