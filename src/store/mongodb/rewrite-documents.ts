import { MongoServerError } from 'mongodb'
import type { Entry } from '../../domain/log.ts'
import type { Form } from '../forms/stored-entry.ts'
import { type MongoConnection, WRITE_TIMEOUT_MS } from './connection.ts'
import { inBatches, WRITE_CONCERN } from './document-inserter.ts'
import { type EntryDocument, toDocument } from './documents.ts'

/** The places of a deployment that keep deleted content until the server reuses them. */
export const OUT_OF_REACH: readonly string[] = [
  'the oplog and the journal of each member, until MongoDB has overwritten them',
  "free space in MongoDB's files, until it is reused; the command compact frees it",
]

/** As `RewritableStore.rewrite`. An interrupted command is sent again, because the second time it changes nothing. */
export async function rewriteDocuments(
  connection: MongoConnection,
  form: Form,
  entries: readonly Entry[],
): Promise<number> {
  const documents = entries.map((entry) => toDocument(entry, form))
  let found = 0
  for (const batch of inBatches(documents, (document) => document)) found += await rewriteBatch(connection, batch)
  return found
}

function rewriteBatch(connection: MongoConnection, documents: readonly EntryDocument[]): Promise<number> {
  return connection.limited(async (tries) => {
    for (;;) {
      try {
        return await send(connection, documents)
      } catch (error) {
        if (!(await tries.mayRepeat(error))) throw error
      }
    }
  })
}

// Each filter has the key of the shards, which is the service.
async function send({ db, entries }: MongoConnection, documents: readonly EntryDocument[]): Promise<number> {
  const updates = documents.map((document) => {
    const { _id, service, generation } = document
    return { q: { _id, service, generation }, u: document }
  })
  const limits = { writeConcern: WRITE_CONCERN, maxTimeMS: WRITE_TIMEOUT_MS }
  const { n, writeErrors = [] } = await db.command({
    update: entries.collectionName,
    updates,
    ordered: false,
    ...limits,
  })
  const [refused] = writeErrors
  if (refused !== undefined) throw new MongoServerError({ message: refused.errmsg, code: refused.code })
  return n
}
