import type { Entry } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { isRelease } from '../../domain/versions/revision-order.ts'
import { isKeyOf, roundedVersionKey, versionKey } from '../../domain/versions/version-key.ts'
import { damagedEntry, type OpenedEntry } from '../forms/opened-entry.ts'
import { type Form, openEntry, toStoredEntry } from '../forms/stored-entry.ts'

/** A row of the log. `body` is JSON with the parts that no query searches by. */
export interface Row {
  readonly generation: number
  readonly id: string
  readonly tag: string
  readonly time: number
  readonly body: string
  /** Null: the entry is of form 2, which has no checksum. */
  readonly crc: number | null
}

/** The columns by which an entry is found in indexes. They can be computed from the entry. */
export interface KeyColumns {
  readonly registered_at: number | null
  readonly version: string | null
  readonly release: string | null
  readonly request: string | null
}

/** The values of a row to insert. */
export type Columns = Row & KeyColumns & { readonly service: string }

/** The row of an entry. */
export function toColumns(entry: Entry, form: Form): Columns {
  const { key, body, crc } = toStoredEntry(entry, form)
  const { service, generation, id, tag, time } = key
  return { service: formatServiceId(service), generation, id, tag, time, body, crc, ...toKeys(entry, form) }
}

/** The key of a revision in the index of releases; null if it is not a release. */
export function releaseKey(tag: RevisionTag): string | null {
  return isRelease(tag) ? versionKey(tag) : null
}

/** Checks and parses a row. Throws `DAMAGED_ENTRY` if it is not as it was written. */
export function openRow(service: ServiceId, row: Row): OpenedEntry {
  const { generation, id, tag, time } = row
  return openEntry({ id, service, generation, time, tag }, row)
}

/** Throws `DAMAGED_ENTRY` if an index would find the row by other values than those of its entry. */
export function requireKeys(entry: Entry, row: KeyColumns): void {
  const { registered_at, version, release, request } = toKeys(entry, 3)
  const isSame = registered_at === row.registered_at && release === row.release && request === row.request
  if (!isSame || !isVersionOf(entry, version, row.version)) throw damagedEntry(entry)
}

function isVersionOf({ revision }: Entry, expected: string | null, stored: string | null): boolean {
  if (expected === null || stored === null || revision === null) return stored === expected
  return isKeyOf(revision.revisionTag, stored)
}

// Only the row that registered a revision has the search keys of the revision. Older servers, which may still run beside
// this one while entries are of form 2, call other keys damaged.
function toKeys({ event, revision, request }: Entry, form: Form): KeyColumns {
  const isRegistered = event === 'revision-registered' && revision !== null
  const toKey = form === 2 ? roundedVersionKey : versionKey
  return {
    registered_at: isRegistered ? revision.registeredAt : null,
    version: isRegistered ? toKey(revision.revisionTag) : null,
    release: isRegistered ? releaseKey(revision.revisionTag) : null,
    request: request?.id ?? null,
  }
}
