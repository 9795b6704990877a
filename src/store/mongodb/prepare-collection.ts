import { isDeepStrictEqual } from 'node:util'
import type { Form } from '../forms/stored-entry.ts'
import type { MongoConnection } from './connection.ts'
import { hasCode, NAMESPACE_EXISTS } from './errors.ts'

const FINISH_TIMEOUT_MS = 30_000

// The writers of form 2 leave out the field.
const ONLY_NEW_FORMS = { v: { $exists: true } }

// Updates of older entries stay possible.
const VALIDATION = { validator: ONLY_NEW_FORMS, validationLevel: 'moderate', validationAction: 'error' } as const

/** Makes the log's collection if it does not exist. Resolves with the form that new entries are written in. */
export async function prepareCollection(connection: MongoConnection): Promise<Form> {
  return (await formOf(connection)) ?? (await createCollection(connection))
}

/** The form that new entries of the collection are written in. Null: the collection does not exist. */
export async function formOf({ db, entries }: MongoConnection): Promise<Form | null> {
  const [collection] = await db
    .listCollections({ name: entries.collectionName }, { nameOnly: false as const })
    .toArray()
  if (collection === undefined) return null
  const { validator, validationLevel, validationAction = 'error' } = collection.options ?? {}
  const isRefused = validationLevel !== 'off' && validationAction === 'error'
  return isRefused && isDeepStrictEqual(validator, ONLY_NEW_FORMS) ? 3 : 2
}

/**
 * Ends the writing of form 2 in the collection. From now on, processes that know only form 2 fail. It is one command, so
 * nothing is changed if it is interrupted. It may be repeated.
 */
export async function finishUpgrade({ db, entries }: MongoConnection): Promise<void> {
  const writeConcern = { w: 'majority', wtimeout: FINISH_TIMEOUT_MS }
  const { writeConcernError } = await db.command({ collMod: entries.collectionName, ...VALIDATION, writeConcern })
  if (writeConcernError)
    throw new Error(`most members of the replica set did not confirm it in ${FINISH_TIMEOUT_MS} ms`)
}

async function createCollection(connection: MongoConnection): Promise<Form> {
  const { db, entries } = connection
  try {
    await db.createCollection(entries.collectionName, VALIDATION)
    return 3
  } catch (error) {
    // Another process was first. It may be one that knows only form 2.
    if (hasCode(error, NAMESPACE_EXISTS)) return (await formOf(connection)) ?? 2
    throw error
  }
}
