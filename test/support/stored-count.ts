import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'

/** The number of rows or documents in all tables or collections of a store. */
export async function countStored(location: string): Promise<number> {
  return location.startsWith('sqlite:') ? countRows(location.slice('sqlite:'.length)) : countDocuments(location)
}

function countRows(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
    const counts = tables.map(({ name }) => Number(db.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.n))
    return counts.reduce((sum, count) => sum + count, 0)
  } finally {
    db.close()
  }
}

async function countDocuments(uri: string): Promise<number> {
  const client = await MongoClient.connect(uri)
  try {
    const collections = await client.db().listCollections({}, { nameOnly: true }).toArray()
    const counts = await Promise.all(collections.map(({ name }) => client.db().collection(name).countDocuments()))
    return counts.reduce((sum, count) => sum + count, 0)
  } finally {
    await client.close()
  }
}
