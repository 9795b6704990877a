import type { AnyBulkWriteOperation, Collection } from 'mongodb'
import { parseServiceReference } from '../../domain/sruid.ts'
import { type EntryDocument, openDocument, searchKeys } from './documents.ts'

const BATCH = 1_000

/** Adds the search keys to the entries of version 0.1.0, which wrote only registrations, and without these fields. */
export async function addSearchKeys(entries: Collection<EntryDocument>): Promise<void> {
  let updates: AnyBulkWriteOperation<EntryDocument>[] = []
  const flush = async () => {
    if (updates.length > 0) await entries.bulkWrite(updates, { ordered: false })
    updates = []
  }
  for await (const document of entries.find({ event: 'revision-registered', registration: { $exists: false } })) {
    const { _id, service } = document
    const opened = openDocument(parseServiceReference(service).service, document)
    const keys = searchKeys(
      opened.entry(() => opened),
      2,
    )
    updates.push({ updateOne: { filter: { _id, service }, update: { $set: keys } } })
    if (updates.length === BATCH) await flush()
  }
  await flush()
}
