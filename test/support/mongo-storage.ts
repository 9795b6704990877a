import { inject } from 'vitest'
import { requestMongo } from './request-mongo.ts'

// Loading this module starts the MongoDB of the run, unless another test file has started it. Only test files that use
// MongoDB may import it, so that a run of other files does not wait for a database.
const mongo = await requestMongo(inject('mongoTopology'))

/** A new database on the MongoDB of this run. */
export const mongoStorage = mongo.createStorage

/** Why the MongoDB tests can't run here; undefined if they can. */
export const mongoSkipReason = mongo.skipReason
