import type { Entry, Link } from '../../domain/log.ts'
import { parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import type { Body2 } from './body-2.ts'
import { type Body3, elsewhereOf } from './body-3.ts'
import { checksum } from './checksum.ts'
import { Entry2 } from './entry-2.ts'
import { Entry3 } from './entry-3.ts'
import {
  damagedEntry,
  damagedService,
  type Elsewhere,
  type EntryKey,
  NEWEST_FORM,
  newerEntry,
  type OpenedEntry,
  orDamaged,
} from './opened-entry.ts'
import { toBody2 } from './write-body-2.ts'
import { toBody3 } from './write-body-3.ts'

/** The form of an entry. Form 2 has no checksum. Form 1 is form 2 with fewer keys. */
export type Form = 2 | 3

/** The parts of an entry that a store keeps beside its key: the text of its body, and its checksum, null in form 2. */
export interface StoredBody {
  readonly body: string
  readonly crc: number | null
}

/** A new entry to store. */
export interface NewEntry extends StoredBody {
  readonly key: EntryKey
  readonly elsewhere: Elsewhere
}

/** The tag by which an entry is found; empty: it has no revision. */
export function tagOf({ revision }: Pick<Entry, 'revision'>): string {
  return revision?.revisionTag ?? ''
}

/** An entry in form 3, or in form 2 if it has no link or the store is still written in form 2. */
export function toStoredEntry(entry: Entry, form: Form): NewEntry {
  const { id, service, generation, time } = entry
  const key = { id, service, generation, time, tag: tagOf(entry) }
  if (form === 2 || !hasLink(entry)) return { key, body: JSON.stringify(toBody2(entry)), crc: null, elsewhere: {} }
  const body3 = toBody3(entry)
  const body = JSON.stringify(body3)
  return { key, body, crc: checksum(key, body), elsewhere: elsewhereOf(body3) }
}

/**
 * Checks and parses an entry. Throws `DAMAGED_ENTRY` if it is not as it was written, and `NEWER_ENTRY` if a newer version
 * of Waypost wrote it.
 */
export function openEntry(key: EntryKey, { body, crc }: StoredBody): OpenedEntry {
  if (crc !== null && crc !== checksum(key, body)) throw damagedEntry(key)
  const parsed = parseBody(key, body)
  // An entry of form 3 whose checksum was lost is damaged, too.
  if ((crc === null) === 'v' in parsed) throw damagedEntry(key)
  if (!('v' in parsed)) return new Entry2(key, parsed)
  requireKnownForm(key, parsed.v)
  return new Entry3(key, parsed)
}

/** Throws `NEWER_ENTRY` if the form is newer than those that this version knows, or `DAMAGED_ENTRY` if it is no form. */
function requireKnownForm(key: Pick<EntryKey, 'service' | 'generation'>, form: unknown): void {
  if (form === NEWEST_FORM) return
  throw Number.isInteger(form) && Number(form) > NEWEST_FORM ? newerEntry(key, Number(form)) : damagedEntry(key)
}

/** Throws `DAMAGED_ENTRY` if a generation is missing in a page of a log. */
export function requireGapless(
  service: ServiceId,
  after: number,
  page: readonly { readonly generation: number }[],
): void {
  for (const [index, { generation }] of page.entries()) {
    const expected = after + 1 + index
    if (generation !== expected) throw damagedEntry({ service, generation: expected })
  }
}

/** Parses the text of a service as a store keeps it. Throws `DAMAGED_ENTRY` if it is no service. */
export function parseStoredService(text: string): ServiceId {
  try {
    const { service, revisionTag } = parseServiceReference(text)
    if (revisionTag === undefined) return service
  } catch (cause) {
    throw damagedService(text, cause)
  }
  throw damagedService(text)
}

function parseBody(key: EntryKey, body: string): Body2 | Body3 {
  const parsed: unknown = orDamaged(key, () => JSON.parse(body))
  if (typeof parsed !== 'object' || parsed === null) throw damagedEntry(key)
  return parsed as Body2 | Body3
}

function hasLink(entry: Entry): entry is Entry & { readonly link: Link } {
  return entry.link !== null
}
