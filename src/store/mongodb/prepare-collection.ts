import type { AnyBulkWriteOperation, Collection } from 'mongodb'
import { parseServiceReference } from '../../domain/sruid.ts'
import { type EntryDocument, searchKeys, toEntry } from './documents.ts'
import { BY_REGISTRATION, BY_RELEASE, BY_VERSION } from './scan-query.ts'

const BATCH = 1_000

/**
 * Makes the log's collection and its indexes if they do not exist, and adds the fields of the newer indexes to the
 * entries of an older version. If it is interrupted, the next call makes the missing parts.
 */
export async function prepareCollection(entries: Collection<EntryDocument>): Promise<void> {
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
    const keys = searchKeys(toEntry(parseServiceReference(service).service, document))
    updates.push({ updateOne: { filter: { _id, service }, update: { $set: keys } } })
    if (updates.length === BATCH) await flush()
  }
  await flush()
}
