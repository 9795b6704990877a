import type { DatabaseSync } from 'node:sqlite'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { roundedVersionKey } from '../../domain/versions/version-key.ts'
import type { Form } from '../forms/stored-entry.ts'
import { releaseKey } from './rows.ts'
import { formOf, tableOf, versionOf } from './stored-form.ts'

// One table is the log. Its unique key is the compare-and-set of every change, and it finds the services. The other
// indexes find the newest entry of a revision, the revisions of a service in both orders, and requests. All indexes are
// part of the insert's transaction, so none can lag behind the log. Each index that has a row costs the commit of a single
// row another 1.5 pages, so releases and other versions have an index each, and no row is in both.
const NEW_FILE = `
  CREATE TABLE log (
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
    crc           INTEGER,
    UNIQUE (service, generation)
  ) STRICT;
  CREATE INDEX entries_by_tag ON log (service, tag, generation);
  ${indexes(3)}
`

function indexes(form: Form): string {
  const table = tableOf(form)
  return `
  CREATE INDEX entries_by_registration ON ${table} (service, registered_at, generation) WHERE registered_at IS NOT NULL;
  CREATE INDEX entries_by_release ON ${table} (service, release, generation) WHERE release IS NOT NULL;
  CREATE INDEX entries_by_prerelease ON ${table} (service, version, generation)
    WHERE version IS NOT NULL AND release IS NULL;
  CREATE INDEX entries_by_request ON ${table} (service, request, generation) WHERE request IS NOT NULL;
  PRAGMA user_version = ${form};
`
}

// Earlier versions found services by an index. Those that know only form 2 still do.
const DROP_UNUSED = 'DROP INDEX IF EXISTS services'

/**
 * Creates the table in a new file, or upgrades the table of version 0.1.0. Throws if a newer version of Waypost or
 * another program wrote the file.
 */
export function prepareSchema(db: DatabaseSync): void {
  // If two processes start on a new file, one waits until the other has made the schema.
  inWriteTransaction(db, () => {
    const version = versionOf(db)
    if (version === 0) createSchema(db)
    else if (version === 1) addKeys(db)
    else if (formOf(db) === 3) db.exec(DROP_UNUSED)
  })
}

/**
 * Ends the writing of form 2 in a file. From now on, processes that know only form 2 fail. Returns false if that was
 * done before. It is one transaction, so nothing is changed if it is interrupted. Writers wait for it: about a second
 * for each million entries, because SQLite checks every row of a strict table when a column is added.
 */
export function finishUpgrade(db: DatabaseSync): boolean {
  return inWriteTransaction(db, () => {
    if (formOf(db) === 3) return false
    if (versionOf(db) === 1) addKeys(db)
    db.exec(`ALTER TABLE ${tableOf(2)} RENAME TO ${tableOf(3)}; ALTER TABLE ${tableOf(3)} ADD COLUMN crc INTEGER`)
    db.exec(`${DROP_UNUSED}; PRAGMA user_version = 3`)
    return true
  })
}

/** Does work in a transaction that no other writer runs beside. */
export function inWriteTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // If the disk is full, SQLite may have rolled back by itself.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

// A file with version 0 is not always new: most other programs never set a version.
function createSchema(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) {
    throw new Error('the file is a database of another program; use another path.')
  }
  db.exec(NEW_FILE)
}

// Version 1 had only registrations, and no columns to find them by.
function addKeys(db: DatabaseSync): void {
  for (const column of ['registered_at INTEGER', 'version TEXT', 'release TEXT', 'request TEXT']) {
    db.exec(`ALTER TABLE entries ADD COLUMN ${column}`)
  }
  db.function('version_of', (tag) => roundedVersionKey(tag as RevisionTag))
  db.function('release_of', (tag) => releaseKey(tag as RevisionTag))
  db.exec('UPDATE entries SET registered_at = time, version = version_of(tag), release = release_of(tag)')
  db.exec(indexes(2))
}
