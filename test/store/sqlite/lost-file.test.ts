import { readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test, vi } from 'vitest'
import { theDefault } from '../../../src/store/store.ts'
import { eventually } from '../../support/eventually.ts'
import { problemsIn } from '../../support/verified.ts'
import { firstEntry, serviceOf } from './entries.ts'
import { servicesIn, useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

afterEach(() => void vi.useRealTimers())

const lost = (how: string) => ({
  reason: 'STORE_UNAVAILABLE',
  cause: { message: expect.stringContaining(`${path()}${how}`) },
})
const backup = () => `${path()}.backup`
const old = () => `${path()}.old`

/** Makes a backup as `sqlite3 waypost.db "VACUUM INTO 'waypost.db.backup'"` does. */
function makeBackup(): void {
  using db = new DatabaseSync(path())
  db.exec(`VACUUM INTO '${backup()}'`)
}

/** A store with an entry that is in its backup, and two that are only in its write-ahead log. */
async function openWithBackup() {
  const store = open()
  await store.append(firstEntry('saved'))
  makeBackup()
  for (const name of ['late', 'later']) await store.append(firstEntry(name))
  return store
}

async function requireSound(file: string, services: readonly string[]): Promise<void> {
  expect(await problemsIn(`sqlite:${file}`)).toEqual([])
  expect(servicesIn(file)).toEqual(services)
}

test('a change is not acknowledged after the file was deleted, and the log of the server says why', async () => {
  const store = open()
  await store.append(firstEntry('before'))
  rmSync(path())
  await expect(store.append(firstEntry('after'))).rejects.toMatchObject(lost(' was deleted'))
  await expect(store.append(firstEntry('again'))).rejects.toMatchObject(lost(' was deleted'))
  await expect(store.lookup(serviceOf('before'), theDefault)).rejects.toMatchObject(lost(' was deleted'))
  await expect(store.checkAppends()).rejects.toMatchObject(lost(' was deleted'))
})

test('the first change after the file was deleted is not acknowledged either', async () => {
  const store = open()
  rmSync(path())
  await expect(store.append(firstEntry('first'))).rejects.toMatchObject(lost(' was deleted'))
})

test('a change is not acknowledged after the write-ahead log was deleted, and nothing acknowledged is lost', async () => {
  const store = open()
  await store.append(firstEntry('before'))
  rmSync(`${path()}-wal`)
  await expect(store.append(firstEntry('after'))).rejects.toMatchObject(lost('-wal was deleted'))
  await store.close()
  expect(servicesIn(path())).toContain('before')
  expect(await problemsIn(`sqlite:${path()}`)).toEqual([])
})

test('reads notice within seconds that the file was deleted, even if nobody changes anything', async () => {
  const store = open()
  await store.append(firstEntry('before'))
  rmSync(path())
  await eventually('a read fails', async () => {
    return store.ping().then(
      () => false,
      (error) => error.reason === 'STORE_UNAVAILABLE',
    )
  })
})

test('a backup that replaces the file of a running server is not changed, and the old file keeps everything', async () => {
  const store = await openWithBackup()
  renameSync(path(), old())
  renameSync(backup(), path())
  await expect(store.append(firstEntry('unacknowledged'))).rejects.toMatchObject(lost(' was replaced'))
  await store.close()
  await requireSound(path(), ['saved'])
  expect(servicesIn(old()).slice(0, 3)).toEqual(['saved', 'late', 'later'])
  expect(await problemsIn(`sqlite:${old()}`)).toEqual([])
})

test('a backup that replaces the file is not changed by a server that only stops', async () => {
  const store = await openWithBackup()
  const bytes = readFileSync(backup())
  renameSync(path(), old())
  renameSync(backup(), path())
  await store.close()
  expect(readFileSync(path()).equals(bytes)).toBe(true)
  await requireSound(path(), ['saved'])
  await requireSound(old(), ['saved', 'late', 'later'])
})

test('a backup that overwrites the name of the file is not changed, and another server can use it', async () => {
  const store = await openWithBackup()
  renameSync(backup(), path())
  await expect(store.append(firstEntry('unacknowledged'))).rejects.toMatchObject(lost(' was replaced'))
  await eventually('the write-ahead log is empty', async () => readFileSync(`${path()}-wal`).length === 0)
  const other = open()
  expect(await other.append(firstEntry('new'))).toBe('appended')
  await store.close()
  expect(await other.append(firstEntry('newer'))).toBe('appended')
  await other.close()
  await requireSound(path(), ['saved', 'new', 'newer'])
})

test('a store without a change leaves a backup that replaces its file as it is', async () => {
  await open().append(firstEntry('stored'))
  makeBackup()
  const store = open()
  await store.ping()
  renameSync(path(), old())
  renameSync(backup(), path())
  await store.close()
  await requireSound(path(), ['stored'])
  await requireSound(old(), ['stored'])
})

/** Makes the name of the file one that nobody can follow. Returns the function that mends it. */
function breakName(): () => void {
  renameSync(path(), old())
  symlinkSync(path(), path())
  return () => {
    rmSync(path())
    renameSync(old(), path())
  }
}

test('while nobody can tell whether the file is in its place, changes fail, reads go on, and nothing ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const store = open()
  await store.append(firstEntry('before'))
  const mend = breakName()
  vi.advanceTimersByTime(3_000)
  await expect(store.append(firstEntry('unacknowledged'))).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' })
  expect(await store.lookup(serviceOf('before'), theDefault)).not.toBeNull()
  mend()
  vi.advanceTimersByTime(1_000)
  expect(await store.append(firstEntry('after'))).toBe('appended')
})

test('a store can be closed while nobody can tell whether the file is in its place', async () => {
  const store = open()
  await store.append(firstEntry('before'))
  const mend = breakName()
  await store.close()
  mend()
  await requireSound(path(), ['before'])
})
