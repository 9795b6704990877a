import type { IndexDescription } from 'mongodb'
import type { RevisionScan } from '../store.ts'
import { BY_REGISTRATION, BY_RELEASE, BY_VERSION } from './reads/scan-query.ts'

/**
 * The indexes without which nothing may be written. The unique key is the compare-and-set of every change. Both begin
 * with `service`, which is the shard key if the collection is sharded.
 */
export const KEY_INDEXES: readonly IndexDescription[] = [
  { key: { service: 1, generation: 1 }, unique: true },
  { key: { service: 1, 'revision.tag': 1, generation: 1 } },
]

/** Finds the entry of a request id. */
export const BY_REQUEST = { requestOf: 1, 'request.id': 1 } as const

/** If the index with this key exists, the entries of version 0.1.0 have got their search keys. */
export const BY_SEARCH_KEY = BY_VERSION

/** The indexes of the search keys. Sparse indexes contain only the entries that have their fields. */
export const SEARCH_INDEXES: readonly IndexDescription[] = [
  { key: BY_REGISTRATION, sparse: true },
  { key: BY_SEARCH_KEY, sparse: true },
  { key: BY_RELEASE, sparse: true },
  { key: BY_REQUEST, sparse: true },
]

/**
 * The names of the indexes that older versions of Waypost made and this one does not use. The unique key lists services,
 * because each has one entry of generation 1.
 */
export const OBSOLETE_INDEXES: readonly string[] = ['opens_1']

/** The key of the index that a scan follows. */
export function keyOf(scan: RevisionScan): IndexDescription['key'] {
  if (scan.order === 'registration') return BY_REGISTRATION
  return scan.releasesOnly ? BY_RELEASE : BY_VERSION
}

/** The name that MongoDB gives an index by default. */
export function nameOf(key: IndexDescription['key']): string {
  return Object.entries(key).flat().join('_')
}
