import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
