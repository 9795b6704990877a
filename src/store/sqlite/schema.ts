import type { DatabaseSync } from 'node:sqlite'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { releaseKey } from './rows.ts'

// The version of the schema below. The file stores it as its `user_version`.
const VERSION = 2

// One table is the log. Its unique key is the compare-and-set of every change. The other indexes find the newest entry
// of a revision, the revisions of a service in both orders, and the services. All indexes are part of the insert's
// transaction, so none can lag behind the log.
const TABLE = `
  CREATE TABLE entries (
    service       TEXT    NOT NULL,
    generation    INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    tag           TEXT    NOT NULL,
    time          INTEGER NOT NULL,
    body          TEXT    NOT NULL,
    registered_at INTEGER,
    version       TEXT,
    release       TEXT,
    request       TEXT,
    UNIQUE (service, generation)
  ) STRICT;
  CREATE INDEX entries_by_tag ON entries (service, tag, generation);
`
const INDEXES = `
  CREATE INDEX entries_by_registration ON entries (service, registered_at, generation) WHERE registered_at IS NOT NULL;
  CREATE INDEX entries_by_version ON entries (service, version, generation) WHERE version IS NOT NULL;
  CREATE INDEX entries_by_release ON entries (service, release, generation) WHERE release IS NOT NULL;
  CREATE INDEX entries_by_request ON entries (service, request, generation) WHERE request IS NOT NULL;
  CREATE INDEX services ON entries (service) WHERE generation = 1;
  PRAGMA user_version = ${VERSION};
`

/**
 * Creates the table in a new file, or upgrades the table of an older version. Throws if a newer version of Waypost or
 * another program wrote the file.
 */
export function prepareSchema(db: DatabaseSync): void {
  // IMMEDIATE: if two processes start on a new file, one waits until the other has made the schema.
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = db.prepare('PRAGMA user_version').get()?.user_version
    if (version === 0) createSchema(db)
    else if (version === 1) addKeys(db)
    else if (version !== VERSION)
      throw new Error(
        `the file has schema version ${version}, and this program knows ${VERSION}; use a newer Waypost, or another path.`,
      )
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

// A file with version 0 is not always new: most other programs never set a version.
function createSchema(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) {
    throw new Error('the file is a database of another program; use another path.')
  }
  db.exec(TABLE + INDEXES)
}

// Version 1 had only registrations, and no columns to find them by.
function addKeys(db: DatabaseSync): void {
  for (const column of ['registered_at INTEGER', 'version TEXT', 'release TEXT', 'request TEXT']) {
    db.exec(`ALTER TABLE entries ADD COLUMN ${column}`)
  }
  db.function('version_of', (tag) => versionKey(tag as RevisionTag))
  db.function('release_of', (tag) => releaseKey(tag as RevisionTag))
  db.exec('UPDATE entries SET registered_at = time, version = version_of(tag), release = release_of(tag)')
  db.exec(INDEXES)
}
