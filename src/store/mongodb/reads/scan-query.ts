import type { Filter } from 'mongodb'
import { ABOVE_ALL_KEYS } from '../../../domain/versions/version-key.ts'
import type { RevisionScan } from '../../store.ts'
import type { EntryDocument } from '../documents.ts'

/** The indexes that scans use. */
export const BY_REGISTRATION = { 'registration.service': 1, 'registration.at': 1, 'registration.ordinal': 1 } as const
export const BY_VERSION = { 'registration.service': 1, 'registration.version': 1, 'registration.ordinal': 1 } as const
export const BY_RELEASE = { releaseOf: 1, 'registration.version': 1, 'registration.ordinal': 1 } as const

/** The conditions of a scan and its order. A registration must meet all conditions. */
interface ScanQuery {
  readonly filter: Filter<EntryDocument>[]
  readonly sort: Readonly<Record<string, -1>>
}

/** The query of a scan. It follows one of the indexes backwards. */
export function toQuery(service: string, scan: RevisionScan): ScanQuery {
  if (scan.order === 'registration') {
    const { after } = scan
    const later = after === undefined ? [] : behind('registration.at', new Date(after.registeredAt), after.ordinal)
    return { filter: [{ 'registration.service': service }, ...later], sort: backwards(BY_REGISTRATION) }
  }
  const { from = '', to = ABOVE_ALL_KEYS, after, releasesOnly = false } = scan
  const above = { 'registration.version': { $gte: from } }
  const below =
    after === undefined
      ? [{ 'registration.version': { $lt: to } }]
      : behind('registration.version', after.versionKey, after.ordinal)
  return releasesOnly
    ? { filter: [{ releaseOf: service }, above, ...below], sort: backwards(BY_RELEASE) }
    : { filter: [{ 'registration.service': service }, above, ...below], sort: backwards(BY_VERSION) }
}

// The first condition chooses where in the index to begin. The second leaves out equal values with a greater ordinal.
function behind(field: string, value: string | Date, ordinal: number): Filter<EntryDocument>[] {
  const isBehind = [{ [field]: { $lt: value } }, { 'registration.ordinal': { $lt: ordinal } }]
  return [{ [field]: { $lte: value } }, { $or: isBehind }] as Filter<EntryDocument>[]
}

function backwards(index: Readonly<Record<string, 1>>): Readonly<Record<string, -1>> {
  return Object.fromEntries(Object.keys(index).map((field) => [field, -1 as const]))
}
