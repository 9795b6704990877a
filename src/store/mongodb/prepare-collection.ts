import { isDeepStrictEqual } from 'node:util'
import { type AnyBulkWriteOperation, type Collection, MongoServerError } from 'mongodb'
import { parseServiceReference } from '../../domain/sruid.ts'
import type { Form } from '../forms/stored-entry.ts'
import type { MongoConnection } from './connection.ts'
import { type EntryDocument, openDocument, searchKeys } from './documents.ts'
import { BY_REGISTRATION, BY_RELEASE, BY_VERSION } from './scan-query.ts'

const BATCH = 1_000
const NAMESPACE_EXISTS = 48

// The writers of form 2 leave out the field.
const ONLY_NEW_FORMS = { v: { $exists: true } }

/**
 * Makes the log's collection and its indexes if they do not exist, and adds the fields of the newer indexes to the
 * entries of an older version. If it is interrupted, the next call makes the missing parts. Resolves with the form that
 * new entries are written in.
 */
export async function prepareCollection(connection: MongoConnection): Promise<Form> {
  const { entries } = connection
  const form = await createCollection(connection)
  // The unique key is the compare-and-set of every change, so nothing may be written before it exists. Both indexes
  // begin with `service`, which is the shard key if the collection is sharded.
  await entries.createIndex({ service: 1, generation: 1 }, { unique: true })
  await entries.createIndex({ service: 1, 'revision.tag': 1, generation: 1 })
  if (!(await entries.indexExists('opens_1'))) await addSearchKeys(entries)
  // Sparse indexes contain only the entries that have their fields.
  await entries.createIndex(BY_REGISTRATION, { sparse: true })
  await entries.createIndex(BY_VERSION, { sparse: true })
  await entries.createIndex(BY_RELEASE, { sparse: true })
  await entries.createIndex({ requestOf: 1, 'request.id': 1 }, { sparse: true })
  // This one comes last. If it exists, all other indexes and fields exist too.
  await entries.createIndex({ opens: 1 }, { sparse: true })
  return form
}

/** The form that new entries of a collection are written in. */
export async function formOf({ db, entries }: MongoConnection): Promise<Form> {
  const [collection] = await db
    .listCollections({ name: entries.collectionName }, { nameOnly: false as const })
    .toArray()
  const { validator } = collection?.options ?? {}
  return isDeepStrictEqual(validator, ONLY_NEW_FORMS) ? 3 : 2
}

/** Ends the writing of form 2 in a collection. From now on, processes that know only form 2 fail. */
export async function finishUpgrade({ db, entries }: MongoConnection): Promise<void> {
  // Updates of older entries stay possible.
  const collMod = { collMod: entries.collectionName, validator: ONLY_NEW_FORMS, validationLevel: 'moderate' }
  await db.command({ ...collMod, writeConcern: { w: 'majority' } })
}

async function createCollection(connection: MongoConnection): Promise<Form> {
  const { db, entries } = connection
  try {
    await db.createCollection(entries.collectionName, { validator: ONLY_NEW_FORMS, validationLevel: 'moderate' })
    return 3
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_EXISTS) return formOf(connection)
    throw error
  }
}

// Version 0.1.0 wrote only registrations, and without these fields.
async function addSearchKeys(entries: Collection<EntryDocument>): Promise<void> {
  let updates: AnyBulkWriteOperation<EntryDocument>[] = []
  const flush = async () => {
    if (updates.length > 0) await entries.bulkWrite(updates, { ordered: false })
    updates = []
  }
  for await (const document of entries.find({ event: 'revision-registered', registration: { $exists: false } })) {
    const { _id, service } = document
    const opened = openDocument(parseServiceReference(service).service, document)
    const keys = searchKeys(opened.entry(() => opened))
    updates.push({ updateOne: { filter: { _id, service }, update: { $set: keys } } })
    if (updates.length === BATCH) await flush()
  }
  await flush()
}
