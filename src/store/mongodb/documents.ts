import { isDeepStrictEqual } from 'node:util'
import { BSON } from 'mongodb'
import type { Entry, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { isRelease } from '../../domain/versions/revision-order.ts'
import { isKeyOf, roundedVersionKey, versionKey } from '../../domain/versions/version-key.ts'
import type { Body2, StoredRevision } from '../forms/body-2.ts'
import { Entry2 } from '../forms/entry-2.ts'
import { damagedEntry, type Elsewhere, type EntryKey, type OpenedEntry, orDamaged } from '../forms/opened-entry.ts'
import { type Form, openEntry, tagOf, toStoredEntry } from '../forms/stored-entry.ts'
import { toBody2 } from '../forms/write-body-2.ts'
import { type Points, pointsOf } from './points.ts'

/** About the bytes of a document of form 3 without its body. */
const KEY_BYTES = 512

/** An entry as a document of the collection `entries`. */
export type EntryDocument = Document2 | Document3

/** The fields of all documents. */
interface DocumentBase {
  readonly _id: string
  readonly service: string
  readonly generation: number
  readonly time: Date
  readonly event: Entry['event']
  /** The service. Only its first entry has this field. */
  readonly opens?: string
  /** The search keys of a revision. Only the entry that registered it has them. */
  readonly registration?: RegistrationKeys
  /** The service, if the entry registered a release. */
  readonly releaseOf?: string
  /** The service, if the request had an id. */
  readonly requestOf?: string
}

/** An entry of form 2, whose body is spread over the document. The writers of form 2 leave out `v`. */
interface Document2 extends DocumentBase, Omit<Body2, 'revision' | 'event'> {
  readonly v?: 2
  readonly revision?: Omit<StoredRevision, 'registeredAt'> & { readonly tag: string; readonly registeredAt: Date }
}

/** An entry of form 3, whose body is a text, because its checksum covers each byte. */
interface Document3 extends DocumentBase {
  readonly v: 3
  readonly revision?: { readonly tag: string }
  readonly request?: { readonly id: string }
  readonly body: string
  readonly crc: number
  /** The generations of the entries that have its large parts, as its body says, for queries that read them, too. */
  readonly parts?: Elsewhere
  readonly points?: Points
}

export interface RegistrationKeys {
  readonly service: string
  readonly at: Date
  readonly version: string
  readonly ordinal: number
}

type SearchKeys = Pick<DocumentBase, 'opens' | 'registration' | 'releaseOf' | 'requestOf'>

/** The document of an entry, in this form, or in form 2 if the entry has no link. */
export function toDocument(entry: Entry, form: Form): EntryDocument {
  if (form === 3 && entry.link !== null) return toDocument3(entry)
  // A collection of form 3 accepts only documents with `v`.
  return form === 3 ? { ...toDocument2(entry, form), v: 2 } : toDocument2(entry, form)
}

/** Checks and parses a document. Throws as `openEntry` does. */
export function openDocument(service: ServiceId, document: EntryDocument): OpenedEntry {
  const { generation } = document
  return orDamaged({ service, generation }, () => {
    const { _id: id, time, revision } = document
    if (typeof id !== 'string' || !Number.isSafeInteger(generation)) throw new TypeError('the key is damaged')
    const key = { id, service, generation, time: time.getTime(), tag: revision?.tag ?? '' }
    if ('body' in document) return openDocument3(key, document)
    if (document.v === undefined || document.v === 2) return openDocument2(key, document)
    throw damagedEntry(key)
  })
}

/** About the size of a document in bytes. */
export function bytesOfDocument(document: EntryDocument): number {
  return 'body' in document && typeof document.body === 'string'
    ? KEY_BYTES + Buffer.byteLength(document.body)
    : BSON.calculateObjectSize(document)
}

/** Throws `DAMAGED_ENTRY` if an index would find the document by other values than those of its entry. */
export function requireKeys(entry: Entry, document: EntryDocument): void {
  // Earlier versions left out parts of form 2, so only the search keys are compared.
  const isSame =
    document.v === 3
      ? isDeepStrictEqual(withoutBody(document), keysLike(document, withStoredVersion(document, toDocument3(entry))))
      : isDeepStrictEqual(searchKeysOf(document), withStoredVersion(document, searchKeys(entry, 3)))
  if (!isSame) throw damagedEntry(entry)
}

/** The fields by which an entry is found, in addition to its key, in a collection of this form. */
export function searchKeys({ event, revision, generation, request, ...entry }: Entry, form: Form): SearchKeys {
  const service = formatServiceId(entry.service)
  const registered = event === 'revision-registered' ? revision : null
  return {
    ...(generation === 1 && { opens: service }),
    ...(request !== null && { requestOf: service }),
    ...(registered && { registration: registrationKeys(registered, service, form) }),
    ...(registered && isRelease(registered.revisionTag) && { releaseOf: service }),
  }
}

// The checksum covers the body. A later version may write the same body in another way.
function withoutBody({ body: _, crc: __, ...document }: Document3): Omit<Document3, 'body' | 'crc'> {
  return document
}

// An older version wrote no points.
function keysLike({ points }: Document3, expected: Document3): Omit<Document3, 'body' | 'crc'> {
  const { points: _, ...others } = withoutBody(expected)
  return points === undefined ? others : withoutBody(expected)
}

function searchKeysOf({ opens, registration, releaseOf, requestOf }: DocumentBase): SearchKeys {
  return {
    ...(opens !== undefined && { opens }),
    ...(requestOf !== undefined && { requestOf }),
    ...(registration !== undefined && { registration }),
    ...(releaseOf !== undefined && { releaseOf }),
  }
}

// Older servers, which may still run beside this one while a collection is of form 2, call other keys damaged.
function registrationKeys(
  { registeredAt, revisionTag, ordinal }: Revision,
  service: string,
  form: Form,
): RegistrationKeys {
  const version = form === 2 ? roundedVersionKey(revisionTag) : versionKey(revisionTag)
  return { service, at: new Date(registeredAt), version, ordinal }
}

// An earlier version may have stored another key of the same revision.
function withStoredVersion<K extends SearchKeys>({ registration, revision }: EntryDocument, expected: K): K {
  if (registration === undefined || expected.registration === undefined) return expected
  const { version } = registration
  const isKey = typeof version === 'string' && isKeyOf(revision?.tag as RevisionTag, version)
  return isKey ? { ...expected, registration: { ...expected.registration, version } } : expected
}

function toBase(entry: Entry, form: Form) {
  const { id, generation, time } = entry
  return {
    _id: id,
    service: formatServiceId(entry.service),
    generation,
    time: new Date(time),
    ...searchKeys(entry, form),
  }
}

function toDocument2(entry: Entry, form: Form): Document2 {
  const { revision, ...body } = toBody2(entry)
  return {
    ...toBase(entry, form),
    ...body,
    ...(revision && { revision: { tag: tagOf(entry), ...revision, registeredAt: new Date(revision.registeredAt) } }),
  }
}

function toDocument3(entry: Entry): Document3 {
  const { key, body, crc, elsewhere: parts } = toStoredEntry(entry, 3)
  const points = pointsOf(entry)
  return {
    ...toBase(entry, 3),
    v: 3,
    event: entry.event,
    ...(key.tag !== '' && { revision: { tag: key.tag } }),
    ...(entry.request !== null && { request: { id: entry.request.id } }),
    body,
    crc: crc ?? 0,
    ...(Object.keys(parts).length > 0 && { parts }),
    ...(Object.keys(points).length > 0 && { points }),
  }
}

function openDocument2(key: EntryKey, { revision, ...body }: Document2): OpenedEntry {
  if (revision === undefined) return new Entry2(key, body)
  return new Entry2(key, { ...body, revision: { ...revision, registeredAt: revision.registeredAt.getTime() } })
}

function openDocument3(key: EntryKey, { v, body, crc, parts = {} }: Document3): OpenedEntry {
  const opened = openEntry(key, { body, crc })
  if (v !== 3 || typeof crc !== 'number' || !isDeepStrictEqual(parts, opened.elsewhere)) throw damagedEntry(key)
  return opened
}
