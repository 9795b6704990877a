import type { Form } from '../forms/stored-entry.ts'
import type { UpgradeResult } from '../forms/upgradable-store.ts'
import { MongoConnection } from './connection.ts'
import { finishUpgrade, formOf } from './prepare-collection.ts'
import { unusableDeployment } from './unusable-deployment.ts'

// The command waits until no other operation uses the collection, and then for a majority of the members.
const PATIENCE_MS = 60_000

/** The form that new entries of a collection are written in. Rejects if there is no collection. */
export async function formOfMongoStore(uri: string): Promise<Form> {
  return withConnection(uri, 'read', requireForm)
}

/** Ends the writing of form 2 in a collection, even while servers use it. Rejects if there is no collection. */
export async function finishMongoUpgrade(uri: string): Promise<UpgradeResult> {
  return withConnection(uri, 'dbAdmin', async (connection) => {
    const before = await requireForm(connection)
    // Even if it was finished before: on a sharded cluster, a command that was interrupted may have reached some shards.
    await finishUpgrade(connection)
    return before === 3 ? 'was-finished' : 'finished'
  })
}

async function requireForm(connection: MongoConnection): Promise<Form> {
  const form = await formOf(connection)
  if (form !== null) return form
  const { collectionName, dbName } = connection.entries
  throw new Error(`the database ${dbName} has no collection ${collectionName}`)
}

async function withConnection<T>(
  uri: string,
  role: string,
  use: (connection: MongoConnection) => Promise<T>,
): Promise<T> {
  try {
    const connection = await MongoConnection.open(uri, { socketTimeoutMS: PATIENCE_MS })
    try {
      return await use(connection)
    } finally {
      await connection.close()
    }
  } catch (error) {
    throw unusableDeployment(error, role)
  }
}
