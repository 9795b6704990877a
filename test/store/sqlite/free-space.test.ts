import { symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { requireFreeSpace } from '../../../src/store/sqlite/free-space.ts'
import { useSqliteFile } from './files.ts'

const { path, open } = useSqliteFile()

test('a file on a disk with space is no problem', async () => {
  await open().close()
  requireFreeSpace(path())
})

// Of all the file systems that every Linux has, /proc is the one that is always full.
test.runIf(process.platform === 'linux')(
  'the space counts that the disk of the file has, not that of a link to it',
  () => {
    symlinkSync('/proc/version', path())
    expect(() => requireFreeSpace(path())).toThrow('less than 65536 bytes free')
  },
)
