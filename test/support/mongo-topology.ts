import { inject } from 'vitest'
import type { Topology } from './running-mongo.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The kind of MongoDB that the tests of this run use. */
    mongoTopology: Topology
  }
}

/** Whether this run tests the replica set only: `npm test` tests SQLite and a single server. */
export const isOnReplicaSet = inject('mongoTopology') === 'replica set'
