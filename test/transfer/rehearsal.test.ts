import { expect, test } from 'vitest'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import { formatEntry } from '../../src/transfer/history/entry-line.ts'
import { rehearse } from '../../src/transfer/rehearsal.ts'
import { changeOverApi, makeForm2File, verifiedLog } from '../support/histories.ts'
import { sqliteStorage } from '../support/storage.ts'
import { exportText, importText, withStore } from './support.ts'

/** Tries an import with an empty copy. */
async function tryImport(store: UpgradableStore, text: string) {
  let result: Awaited<ReturnType<typeof importText>> | undefined
  await withStore(sqliteStorage, async (copy) => {
    result = await importText(Object.assign(rehearse(store, copy), { form: store.form }) as UpgradableStore, text)
  })
  return result
}

test('an import into a store that is still written in form 2 is tried with the same result as the import', async () => {
  const storage = await sqliteStorage()
  makeForm2File(storage)
  await changeOverApi(storage, 'a', 60)
  await withStore(
    async () => storage,
    async (store) => {
      const before = await exportText(store)
      const records = before
        .map((line) => JSON.parse(line))
        .map((record) => (record.kind === 'revision' ? { ...record, state: 'DELETED', is_default: false } : record))
        .map(({ yank: _, deprecation: __, ...record }) => JSON.stringify(record))
      const more = { kind: 'revision', namespace: 'my-org', name: 'a', revision_tag: '9.0.0', is_default: false }
      const text = [...records, JSON.stringify({ ...more, register_time: '2024-05-06T07:08:09Z' })].join('\n')
      const tried = await tryImport(store, text)
      expect(store.form).toBe(2)
      expect(await exportText(store)).toEqual(before)
      expect(await importText(store, text)).toEqual(tried)
      expect(tried).toMatchObject({ added: 1, changed: 0, refused: 0 })
    },
  )
})

test('an import of a history is tried with the same result as the import, and stores nothing', async () => {
  await withStore(sqliteStorage, async (store) => {
    const lines = verifiedLog('a').entries.map(formatEntry)
    for (const some of [lines.slice(1), lines]) {
      const tried = await tryImport(store, some.join('\n'))
      expect(await exportText(store)).toEqual([])
      expect(await importText(store, some.join('\n'))).toEqual(tried)
    }
    await expect(tryImport(store, lines.join('\n'))).rejects.toMatchObject({ reason: 'IMPORT_REFUSED' })
  })
})
