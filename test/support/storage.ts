import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty place for one store, which outlives the stores that are opened there. */
export interface Storage {
  /** As `--store` takes it. */
  readonly location: string
  /** Removes it and what is in it. */
  remove(): Promise<void>
}

/** A place for a SQLite file in a folder of its own. */
export async function sqliteStorage(): Promise<Storage> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  return {
    location: `sqlite:${join(folder, 'waypost.db')}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
