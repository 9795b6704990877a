import { closeSync, openSync, writeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { toStoreError } from '../../../src/store/sqlite/sqlite-errors.ts'
import { theDefault } from '../../../src/store/store.ts'
import { damageEveryPage } from '../../verify/pages.ts'
import { firstEntry, serviceOf } from './entries.ts'
import { useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

test('reads and changes of a damaged file fail with DAMAGED_STORE, and the message says what to do', async () => {
  const before = open()
  await before.append(firstEntry('stored'))
  await before.close()
  damageEveryPage(path())
  const store = open()
  const damaged = {
    ...{ code: 'data_loss', reason: 'DAMAGED_STORE' },
    message: 'the file of the store is damaged; run waypost verify, and restore the file from a backup.',
  }
  await expect(store.lookup(serviceOf('stored'), theDefault)).rejects.toMatchObject(damaged)
  await expect(store.append(firstEntry('new'))).rejects.toMatchObject(damaged)
  await expect(store.ping()).rejects.toMatchObject(damaged)
})

test('a change fails with DAMAGED_STORE, and not as an outage, if the thread that writes cannot open the damaged file', async () => {
  await open().close()
  const store = open()
  const file = openSync(path(), 'r+')
  writeSync(file, 'not SQLite')
  closeSync(file)
  await expect(store.append(firstEntry('new'))).rejects.toMatchObject({ reason: 'DAMAGED_STORE' })
})

test.for([
  [11, 'DAMAGED_STORE', 'SQLITE_CORRUPT'],
  [11 | (3 << 8), 'DAMAGED_STORE', 'SQLITE_CORRUPT_INDEX'],
  [26, 'DAMAGED_STORE', 'SQLITE_NOTADB'],
  [10, 'STORE_UNAVAILABLE', 'SQLITE_IOERR'],
  [10 | (2 << 8), 'STORE_UNAVAILABLE', 'SQLITE_IOERR_SHORT_READ'],
  [13, 'STORE_UNAVAILABLE', 'SQLITE_FULL'],
  [5, 'STORE_UNAVAILABLE', 'SQLITE_BUSY'],
] as const)('the code %i of SQLite is %s, because it is %s', ([errcode, reason]) => {
  expect(toStoreError(Object.assign(new Error('of SQLite'), { errcode }))).toMatchObject({ reason })
})

test('an error that is not of SQLite is an outage', () => {
  expect(toStoreError(new Error('database is not open'))).toMatchObject({ reason: 'STORE_UNAVAILABLE' })
})
