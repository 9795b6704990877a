import type { DatabaseSync } from 'node:sqlite'

// Version of the schema below, in the file's own `user_version`.
const VERSION = 1

// One table is the log. Its unique key is the compare-and-set of every change; the second index finds the newest entry
// that touched a revision. Both are part of the insert's transaction, so nothing is derived that could lag behind.
const SCHEMA = `
  CREATE TABLE entries (
    service    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    tag        TEXT    NOT NULL,
    time       INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    UNIQUE (service, generation)
  ) STRICT;
  CREATE INDEX entries_by_tag ON entries (service, tag, generation);
  PRAGMA user_version = ${VERSION};
`

/** Creates the tables in a new file; throws on a file that was written by a newer version, or by another program. */
export function prepareSchema(db: DatabaseSync): void {
  // IMMEDIATE: of two processes that start on a new file, one waits for the other's schema.
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = db.prepare('PRAGMA user_version').get()?.user_version
    if (version === 0) createSchema(db)
    else if (version !== VERSION)
      throw new Error(`the file has schema version ${version}, this program knows ${VERSION}`)
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

// Most programs leave their files at version 0, as a new file is.
function createSchema(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) throw new Error('the file is another program’s')
  db.exec(SCHEMA)
}
