import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recorder, recordOutput } from './token-search/recorder.ts'

/** An empty place for one store. It stays when a store that was opened there is closed. */
export interface Storage {
  /** The value for `--store`. */
  readonly location: string
  /** Removes the place and its content. */
  remove(): Promise<void>
}

/** A place for a SQLite file, in a new folder. */
export async function sqliteStorage(): Promise<Storage> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  return {
    location: `sqlite:${join(folder, 'waypost.db')}`,
    remove: async () => {
      await recordFiles(folder)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// No store may contain a token. A store whose test used none is not read.
async function recordFiles(folder: string): Promise<void> {
  if (recorder.needles.size === 0) return
  for (const name of await readdir(folder)) recordOutput(await readFile(join(folder, name), 'latin1'))
}
