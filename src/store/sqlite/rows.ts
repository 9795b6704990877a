import type { Entry } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { isRelease } from '../../domain/versions/revision-order.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { damagedEntry, fromStoredEntry, type StoredEntry, tagOf, toStoredEntry } from '../stored-entry.ts'

/** A row of the log. `body` is JSON with the parts that no query searches by. */
export interface Row {
  readonly generation: number
  readonly id: string
  readonly tag: string
  readonly time: number
  readonly body: string
}

/** Inserts an entry. `toColumns` makes its values. */
export const INSERT = `
  INSERT INTO entries (service, generation, id, tag, time, body, registered_at, version, release, request)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** The columns of an entry, in the order of `INSERT`. */
export function toColumns(entry: Entry): (string | number | null)[] {
  const { id, service, generation, time, request } = entry
  const body = JSON.stringify(toStoredEntry(entry))
  return [formatServiceId(service), generation, id, tagOf(entry), time, body, ...toKeys(entry), request?.id ?? null]
}

/** The key of a revision in the index of releases; null if it is not a release. */
export function releaseKey(tag: RevisionTag): string | null {
  return isRelease(tag) ? versionKey(tag) : null
}

// The search keys of a revision. Only the row that registered it has them.
function toKeys({ event, revision }: Entry): (string | number | null)[] {
  if (event !== 'revision-registered' || revision === null) return [null, null, null]
  const { registeredAt, revisionTag } = revision
  return [registeredAt, versionKey(revisionTag), releaseKey(revisionTag)]
}

/** The entry of a row. */
export function toEntry(service: ServiceId, { generation, id, tag, time, body }: Row): Entry {
  return fromStoredEntry({ id, service, generation, time, tag }, parseBody(service, generation, body))
}

function parseBody(service: ServiceId, generation: number, body: string): StoredEntry {
  try {
    return JSON.parse(body) as StoredEntry
  } catch (cause) {
    throw damagedEntry({ service, generation }, cause)
  }
}
