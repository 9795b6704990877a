import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import type { Entry } from '../../src/domain/log.ts'
import type { Keeps } from '../../src/store/contract/support.ts'
import { openEntry, toStoredEntry } from '../../src/store/forms/stored-entry.ts'
import type { Storage } from './storage.ts'

// The schema as the last version that wrote form 2 made it.
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
  CREATE INDEX entries_by_registration ON entries (service, registered_at, generation) WHERE registered_at IS NOT NULL;
  CREATE INDEX entries_by_version ON entries (service, version, generation) WHERE version IS NOT NULL;
  CREATE INDEX entries_by_release ON entries (service, release, generation) WHERE release IS NOT NULL;
  CREATE INDEX entries_by_request ON entries (service, request, generation) WHERE request IS NOT NULL;
  CREATE INDEX services ON entries (service) WHERE generation = 1;
  PRAGMA user_version = 2;
`

/** Turns an empty place into a store that was made by the last version that wrote form 2. */
export async function asForm2Storage(created: Promise<Storage>): Promise<Storage> {
  const storage = await created
  if (storage.location.startsWith('sqlite:')) createForm2File(storage.location.slice('sqlite:'.length))
  else await createForm2Collection(storage.location)
  return storage
}

/** Makes a SQLite file without entries. */
export function createForm2File(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(TABLE)
  db.close()
}

/** Makes a MongoDB collection without entries. That version did not make it itself: its indexes did. */
export async function createForm2Collection(location: string): Promise<void> {
  const client = await MongoClient.connect(location)
  await client.db().collection('entries').createIndex({ service: 1, generation: 1 }, { unique: true })
  await client.close()
}

/** An entry as it comes back from form 2. */
export const keptInForm2: Keeps = <E extends Entry>(entry: E) => {
  const { key, ...stored } = toStoredEntry(entry, 2)
  return openEntry(key, stored).entry(needsNoOther) as E
}

function needsNoOther(): never {
  throw new Error('an entry of form 2 needs no other')
}

/** The form of each stored entry of a store, with its service and generation. */
export interface StoredForm {
  readonly service: string
  readonly generation: number
  readonly form: 2 | 3
}

/** The form of all stored entries, in the order of their services and generations. */
export async function readStoredForms(location: string): Promise<StoredForm[]> {
  return location.startsWith('sqlite:') ? readForms(location.slice('sqlite:'.length)) : readFormsOfDocuments(location)
}

function readForms(path: string): StoredForm[] {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    const isUpgraded = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'log'").get() !== undefined
    const table = isUpgraded ? 'log' : 'entries'
    return db
      .prepare(`SELECT service, generation, body FROM ${table} ORDER BY service, generation`)
      .all()
      .map(({ service, generation, body }) => ({
        ...{ service: String(service), generation: Number(generation) },
        form: (JSON.parse(String(body)) as { v?: number }).v === 3 ? 3 : 2,
      }))
  } finally {
    db.close()
  }
}

async function readFormsOfDocuments(uri: string): Promise<StoredForm[]> {
  const client = await MongoClient.connect(uri)
  try {
    const documents = await client
      .db()
      .collection<{ service: string; generation: number; v?: number }>('entries')
      .find({}, { projection: { service: 1, generation: 1, v: 1 }, sort: { service: 1, generation: 1 } })
      .toArray()
    return documents.map(({ service, generation, v }) => ({ service, generation, form: v === 3 ? 3 : 2 }))
  } finally {
    await client.close()
  }
}
