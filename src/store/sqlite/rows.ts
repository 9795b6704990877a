import type { Entry } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { isRelease } from '../../domain/versions/revision-order.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
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
  return { service: formatServiceId(service), generation, id, tag, time, body, crc, ...toKeys(entry) }
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
  const { registered_at, version, release, request } = toKeys(entry)
  const isSame =
    registered_at === row.registered_at && version === row.version && release === row.release && request === row.request
  if (!isSame) throw damagedEntry(entry)
}

// Only the row that registered a revision has the search keys of the revision.
function toKeys({ event, revision, request }: Entry): KeyColumns {
  const isRegistered = event === 'revision-registered' && revision !== null
  return {
    registered_at: isRegistered ? revision.registeredAt : null,
    version: isRegistered ? versionKey(revision.revisionTag) : null,
    release: isRegistered ? releaseKey(revision.revisionTag) : null,
    request: request?.id ?? null,
  }
}
