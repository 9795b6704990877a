import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { Checkpoints } from '../../../src/store/sqlite/writer/checkpoints.ts'
import { useSqliteFile } from './files.ts'

const { path } = useSqliteFile()

const sizeOf = (suffix: string) => statSync(`${path()}${suffix}`).size

/** A file whose pages are small, so that a few MiB have many frames, and its checkpoints. */
function openFile() {
  const db = new DatabaseSync(path())
  onTestFinished(() => db.close())
  db.exec('PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE rows (bytes)')
  // As with an SQLite before 3.53.
  const checkpoints = new Checkpoints(db, false)
  checkpoints.finish()
  return { db, checkpoints, write: (mib: number) => db.exec(`INSERT INTO rows VALUES (zeroblob(${mib * 1024 ** 2}))`) }
}

test('if SQLite cannot count frames, a checkpoint is made after 512 entries, however few commits they are', () => {
  const { checkpoints, write } = openFile()
  const before = sizeOf('')
  write(1)
  checkpoints.afterCommit(511)
  expect(sizeOf('')).toBe(before)
  checkpoints.afterCommit(1)
  expect(sizeOf('')).toBeGreaterThan(before)
})

test('if SQLite cannot count frames, a log of more than 65,536 frames begins again, too', () => {
  const { checkpoints, write } = openFile()
  write(36)
  expect(sizeOf('-wal')).toBeGreaterThan(36 * 1024 ** 2)
  checkpoints.afterCommit(512)
  expect(sizeOf('-wal')).toBe(0)
})
