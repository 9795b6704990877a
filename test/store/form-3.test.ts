import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseAliasName } from '../../src/domain/alias.ts'
import { active } from '../../src/domain/lifecycle.ts'
import type { Entry, Link } from '../../src/domain/log.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { Log } from '../../src/store/contract/log.ts'
import { service } from '../../src/store/contract/support.ts'
import type { Body3 } from '../../src/store/forms/body-3.ts'
import { checksum } from '../../src/store/forms/checksum.ts'
import { toStoredEntry } from '../../src/store/forms/stored-entry.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { type Store, theDefault } from '../../src/store/store.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const longText = 'x'.repeat(4_096)
const manyLabels = Array.from({ length: 64 }, (_, index) => [`label-${index}`, 'y'.repeat(60)] as const)

let storage: Storage
let path: string
let store: Store

beforeEach(async () => {
  storage = await sqliteStorage()
  path = storage.location.replace('sqlite:', '')
  store = openSqliteStore(path)
})

afterEach(async () => {
  await store.close()
  await storage.remove()
})

const bodyOf = (entry: Entry) => toStoredEntry(entry, 3).body
const bodyBytes = (log: Log) => Buffer.byteLength(bodyOf(log.newest))

describe('the information about a revision', () => {
  const info = { ...noInfo, labels: manyLabels, description: longText }

  test('an entry that changes little of the information, or nothing, takes less than 1 KB', () => {
    const log = new Log().register('1.0.0', { info })
    expect(bodyBytes(log)).toBeGreaterThan(8_000)
    expect(bodyBytes(log.update('1.0.0', { ...info, documentationUri: 'https://docs.example.com' }))).toBeLessThan(
      1_000,
    )
    expect(bodyBytes(log.change('1.0.0', { ...active, yank: { reason: 'why' } }))).toBeLessThan(1_000)
  })

  test('an entry that changes much of the information has all of it, and later entries name that entry', async () => {
    const log = new Log().register('1.0.0', { info: { ...info, source: { ...noInfo.source, commit: 'c' } } })
    log.update('1.0.0', { ...info, description: 'z'.repeat(4_096) }).change('1.0.0', active)
    expect(log.revision('1.0.0').infoPlace).toEqual({ generation: 2, changed: {} })
    await store.appendAll(log.entries)
    const found = await store.lookupForChange(service, theDefault)
    expect(found?.revision).toEqual(log.revision('1.0.0'))
  })

  test('information that was removed completely, and given again, is found', async () => {
    const log = new Log().register('1.0.0', { info }).update('1.0.0', noInfo).change('1.0.0', active)
    log.update('1.0.0', { ...noInfo, description: 'again' }).change('1.0.0', active)
    await store.appendAll(log.entries)
    expect(await store.readLog(service, { after: 0, limit: 10 })).toEqual(log.entries)
  })
})

test('a yank and a deprecation say their text once', () => {
  const yanked = new Log().register('1.0.0').yank('1.0.0', 'the reason').newest
  expect(bodyOf(yanked).split('the reason')).toHaveLength(2)
  expect(yanked.reason).toBe('the reason')
})

test('an entry says its rollout once, in its delta if it changes it, and else in its state', () => {
  const log = new Log().register('1.0.0').register('2.0.0', { becomesDefault: false }).setRollout('2.0.0')
  const set = JSON.parse(bodyOf(log.newest)) as Body3
  const later = JSON.parse(bodyOf(log.register('3.0.0', { becomesDefault: false }).newest)) as Body3
  const ended = JSON.parse(bodyOf(log.endRollout().newest)) as Body3
  expect([set.delta.rollout, set.state?.rollout]).toEqual([
    { candidates: [{ tag: '2.0.0', weight: 10_000, pinnedKeys: expect.any(Array), buckets: '0-10000' }], salt: 's1' },
    undefined,
  ])
  expect([later.delta.rollout, later.state?.rollout?.setAt]).toEqual([undefined, 3])
  expect([ended.delta.rollout, ended.state?.rollout]).toEqual([null, undefined])
})

test('the entry of a revert says its aliases once, and a later entry names it', () => {
  const log = new Log().register('1.0.0').setAlias('beta', '1.0.0').deleteAlias('beta').revert(2)
  const { delta, state } = JSON.parse(bodyOf(log.newest)) as Body3
  expect(delta.aliases).toEqual({ all: [{ name: 'beta', tag: '1.0.0' }] })
  expect(state?.aliases).toBeUndefined()
  const later = JSON.parse(bodyOf(log.register('1.1.0').newest)) as Body3
  expect(later.state?.aliases).toEqual({ at: 4 })
})

describe('entries of a later version', () => {
  test('the parts that are reserved for later versions stay in later entries', async () => {
    const log = new Log().register('1.0.0')
    await store.append(log.newest)
    await addNewer(log.newest, { event: 'default-cleared', audience: { issuer: 'internal' } })
    const before = await store.lookupForChange(service, theDefault)
    expect(before?.head.reserved).toEqual({ audience: { issuer: 'internal' } })
    const next = new Log([{ ...log.newest, ...before } as Entry]).register('1.1.0').newest
    await store.append(next)
    expect((await store.readHead(service))?.head.reserved).toEqual(before?.head.reserved)
  })

  test('an entry of a kind that only later versions know is no damage', async () => {
    const log = new Log().register('1.0.0')
    await store.append(log.newest)
    await addNewer(log.newest, { event: 'audience-set' as never })
    await expect(store.readLog(service, { after: 0, limit: 10 })).rejects.toMatchObject({
      reason: 'NEWER_ENTRY',
      message: expect.stringContaining('entry 2 of my-org/my-service is a change of the kind "audience-set"'),
    })
    expect((await store.lookup(service, theDefault))?.generation).toBe(2)
  })

  // A later version writes its entry with the same keys, and another event or more parts.
  async function addNewer(before: Entry, delta: Link['delta']): Promise<void> {
    const key = { id: 'newer', service, generation: 2, time: before.time, tag: '' }
    const state = { ...(JSON.parse(bodyOf(before)) as Body3).state, defaultTag: '1.0.0', revisionCount: 1 }
    const body = JSON.stringify({ v: 3, delta, state, hash: 'h' })
    const db = new DatabaseSync(path)
    const insert = db.prepare(
      'INSERT INTO log (service, generation, id, tag, time, body, crc) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    insert.run('my-org/my-service', 2, key.id, '', key.time, body, checksum(key, body))
    db.close()
  }
})

describe('damage of a part that another entry needs', () => {
  test('a default or an alias whose revision has no entry is damage, and not a missing revision', async () => {
    await store.appendAll(new Log().register('1.0.0').setAlias('stable', '1.0.0').entries)
    sql("UPDATE log SET tag = '9.9.9' WHERE generation = 1")
    const byAlias = { by: 'alias', alias: parseAliasName('stable') } as const
    for (const selector of [theDefault, byAlias]) {
      await expect(store.lookup(service, selector)).rejects.toMatchObject({ reason: 'DAMAGED_ENTRY' })
      await expect(store.lookupForChange(service, selector)).rejects.toMatchObject({ reason: 'DAMAGED_ENTRY' })
    }
    const unknown = await store.lookup(service, { by: 'tag', tag: '1.0.0' as RevisionTag })
    expect(unknown?.revision).toBeNull()
  })

  test('the damage of an entry that has the aliases is reported for that entry', async () => {
    await store.appendAll(new Log().register('1.0.0').setAlias('stable', '1.0.0').register('1.1.0').entries)
    sql('UPDATE log SET crc = crc + 1 WHERE generation = 2')
    await expect(store.readHead(service)).rejects.toMatchObject({ message: expect.stringContaining('entry 2 of') })
  })

  function sql(text: string): void {
    const db = new DatabaseSync(path)
    db.exec(text)
    db.close()
  }
})
