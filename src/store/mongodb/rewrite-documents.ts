import type { Entry } from '../../domain/log.ts'
import type { Form } from '../forms/stored-entry.ts'
import { type MongoConnection, WRITE_TIMEOUT_MS } from './connection.ts'
import { inBatches } from './document-inserter.ts'
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
  const operations = documents.map((document) => {
    const { _id, service, generation } = document
    return { replaceOne: { filter: { _id, service, generation }, replacement: document } }
  })
  return connection.limited(async (tries) => {
    for (;;) {
      try {
        const options = { ordered: false, maxTimeMS: WRITE_TIMEOUT_MS }
        return (await connection.entries.bulkWrite(operations, options)).matchedCount
      } catch (error) {
        if (!(await tries.mayRepeat(error))) throw error
      }
    }
  })
}
