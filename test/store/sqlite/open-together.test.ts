import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test, vi } from 'vitest'
import { firstEntry } from './entries.ts'
import { holdWriteLock, servicesIn, useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

afterEach(() => void vi.restoreAllMocks())

test('if another process starts on the same new file and is a moment ahead, the file is opened after that moment', async () => {
  const { exec } = DatabaseSync.prototype
  let attempts = 0
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    if (!sql.includes('journal_mode') || attempts++ > 0) return exec.call(this, sql)
    const release = holdWriteLock(path())
    try {
      exec.call(this, sql)
    } finally {
      release()
    }
  })
  expect(await open().append(firstEntry('stored'))).toBe('appended')
  expect(attempts).toBe(2)
  expect(servicesIn(path())).toEqual(['stored'])
})
