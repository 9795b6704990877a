import type { IndexDescription } from 'mongodb'
import { BY_REGISTRATION, BY_RELEASE, BY_VERSION } from './reads/scan-query.ts'

/**
 * The indexes without which nothing may be written. The unique key is the compare-and-set of every change. Both begin
 * with `service`, which is the shard key if the collection is sharded.
 */
export const KEY_INDEXES: readonly IndexDescription[] = [
  { key: { service: 1, generation: 1 }, unique: true },
  { key: { service: 1, 'revision.tag': 1, generation: 1 } },
]

/** The indexes of the search keys. Sparse indexes contain only the entries that have their fields. */
export const SEARCH_INDEXES: readonly IndexDescription[] = [
  { key: BY_REGISTRATION, sparse: true },
  { key: BY_VERSION, sparse: true },
  { key: BY_RELEASE, sparse: true },
  { key: { requestOf: 1, 'request.id': 1 }, sparse: true },
  // This one comes last. If it exists, all other indexes and fields exist too.
  { key: { opens: 1 }, sparse: true },
]
