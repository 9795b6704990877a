import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Problem } from '../../src/verify/problems.ts'
import { verifyStore } from '../../src/verify/verify.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { everyKind, service } from './every-kind.ts'
import { damageIndex, damagePage, damageUniqueIndex } from './pages.ts'

describe('a verification of a file with damaged pages', () => {
  let storage: Storage
  let path: string

  beforeEach(async () => {
    storage = await sqliteStorage()
    path = storage.location.replace('sqlite:', '')
    const store = openSqliteStore(path)
    for (const each of ['my-org/one', 'my-org/two']) await store.appendAll(everyKind(service(each)).entries)
    await store.close()
  })

  afterEach(() => storage.remove())

  async function verify() {
    const store = openSqliteStore(path)
    const found: Problem[] = []
    try {
      const onNote = () => {}
      return { ...(await verifyStore(store, { onProblem: (problem) => found.push(problem), onNote })), found }
    } finally {
      await store.close()
    }
  }

  test('a damaged index is a problem of the storage, and all entries are verified', async () => {
    damageIndex(path)
    const { found, entries } = await verify()
    expect(found.length).toBeGreaterThan(0)
    for (const { code, service: name } of found) expect([code, name]).toEqual(['STORAGE_DAMAGED', null])
    expect(entries).toBe(24)
  })

  test('a damaged page is a problem of the storage and of each entry on it, and the others are verified', async () => {
    damagePage(path)
    const { found, entries } = await verify()
    const codes = found.map(({ code }) => code)
    expect(codes[0]).toBe('STORAGE_DAMAGED')
    const damaged = codes.filter((code) => code === 'ENTRY_DAMAGED').length
    expect([damaged > 0 && damaged < 12, entries]).toEqual([true, 24])
  })

  test('if the entries cannot be read at all, the verification says so and ends', async () => {
    damageUniqueIndex(path)
    const { found, entries } = await verify()
    expect([entries, found.at(-1)?.message]).toEqual([0, 'the rest of the entries cannot be read.'])
  })
})
