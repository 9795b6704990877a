import { statSync } from 'node:fs'

/** A file as it was when the store was opened. */
interface KnownFile {
  readonly path: string
  /** Undefined: the file did not exist. */
  readonly place: string | undefined
}

/** The files of an open store: the main file first. It can be sent to another thread. */
export type KnownFiles = readonly KnownFile[]

/**
 * Remembers the files of a store that was just opened and read. `location` is the path without symbolic links: SQLite
 * keeps its own files beside it.
 */
export function rememberFiles(path: string, location: string): KnownFiles {
  return [path, `${location}-wal`, `${location}-shm`].map((each) => ({ path: each, place: placeOf(each) }))
}

/**
 * Compares the names of the files with the open files. Returns the problem if one of the files was deleted or replaced:
 * then nobody would find what is written into it. It reads only the folder, because to open and close a file would drop
 * the locks that SQLite has on it. Throws if nobody can tell, for example without the right to search the folder.
 */
export function findLostFile(files: KnownFiles): string | undefined {
  for (const { path, place } of files) {
    const now = placeOf(path)
    if (now === place) continue
    const what = now === undefined ? 'deleted or moved' : 'replaced by another file'
    return `${path} was ${what} while it was in use; check the files of the store, and restart this process.`
  }
  return undefined
}

/** Whether the name of the main file, or that of its write-ahead log, may still be that of the open file. */
export function isPartlyKept([main, wal]: KnownFiles): boolean {
  return [main, wal].some((file) => file !== undefined && mayBeKept(file))
}

function mayBeKept({ path, place }: KnownFile): boolean {
  try {
    return placeOf(path) === place
  } catch {
    return true
  }
}

function placeOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}
