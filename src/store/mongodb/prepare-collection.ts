import type { AnyBulkWriteOperation, Collection } from 'mongodb'
import { parseServiceReference } from '../../domain/sruid.ts'
import { type EntryDocument, searchKeys, toEntry } from './documents.ts'
import { BY_REGISTRATION, BY_RELEASE, BY_VERSION } from './scan-query.ts'

const BATCH = 1_000

/**
 * Makes the log's collection and indexes where they don't exist, and adds to the entries of an older version what the
 * newer indexes look for. Breaking it off does no harm: what is missing is made the next time.
 */
export async function prepareCollection(entries: Collection<EntryDocument>): Promise<void> {
  // The unique key is the compare-and-set of every change, so nothing may be written before it exists. Both keys begin
  // with `service`, which is the shard key where the collection is sharded.
  await entries.createIndex({ service: 1, generation: 1 }, { unique: true })
  await entries.createIndex({ service: 1, 'revision.tag': 1, generation: 1 })
  if (!(await entries.indexExists('opens_1'))) await addSearchKeys(entries)
  // Sparse, and of fields that only some entries have, so that each holds no others.
  await entries.createIndex(BY_REGISTRATION, { sparse: true })
  await entries.createIndex(BY_VERSION, { sparse: true })
  await entries.createIndex(BY_RELEASE, { sparse: true })
  await entries.createIndex({ requestOf: 1, 'request.id': 1 }, { sparse: true })
  // The last: where it exists, so does everything that is looked for.
  await entries.createIndex({ opens: 1 }, { sparse: true })
}

// Version 0.1.0 wrote registrations only, without the keys.
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
