import type { DatabaseSync } from 'node:sqlite'
import type { Form } from '../forms/stored-entry.ts'

// The file stores the version of its schema as its `user_version`. Version 1 is that of Waypost 0.1.0. Versions 2 and 3
// have the same number as the form of new entries.
const VERSION_OF_NEW_FILES = 3

/**
 * The name of the table of the log. A process that knows only form 2 does not find the table of form 3, so it cannot
 * write an entry of form 2 after one of form 3.
 */
export function tableOf(form: Form): string {
  return form === 2 ? 'entries' : 'log'
}

/** The version of the schema of a file; 0: no program has set one. */
export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version)
}

/** The form that new entries of a file are written in. Throws if the file is not a store that this version knows. */
export function formOf(db: DatabaseSync): Form {
  const version = versionOf(db)
  if (version === 0) throw new Error('the file is not a Waypost store; use the path of a store that exists.')
  if (version === 1 || version === 2) return 2
  if (version === 3) return 3
  throw new Error(
    `the file has schema version ${version}, and this program knows ${VERSION_OF_NEW_FILES}; use a newer Waypost, or another path.`,
  )
}
