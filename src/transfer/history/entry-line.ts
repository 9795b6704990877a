import type { Principal } from '../../domain/access/principal.ts'
import { LAST_TIME } from '../../domain/clock-skew.ts'
import type { Delta } from '../../domain/entries/delta.ts'
import { isRevisionEvent, type LogEvent } from '../../domain/entries/events.ts'
import type { Statement } from '../../domain/entries/replay.ts'
import type { Entry, RequestMark, WriterKind } from '../../domain/log.ts'
import { parseRevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import type { Body2 } from '../../store/forms/body-2.ts'
import { NEWEST_FORM } from '../../store/forms/opened-entry.ts'
import { toBody2 } from '../../store/forms/write-body-2.ts'
import { parseJson, type TextPlace } from '../input/json-error.ts'
import { type Fields, invalidRecord, isFields, object, show, text, whole } from '../record/record-fields.ts'
import { importRefused } from './import-refused.ts'

/** The key of an entry of form 2 in a line. Form 1 is exported as form 2. */
type Key = Pick<Statement, 'id' | 'service' | 'generation' | 'time' | 'tag'>

/** The content of a line of a history. The state after the entry is not in it, except in form 2. */
export type EntryLine =
  | { readonly form: 2; readonly said: Key; readonly body: Body2 }
  | { readonly form: 3; readonly said: Statement }

const commonKeys = ['kind', 'v', 'service', 'generation', 'id', 'time', 'tag']
const keysOf = {
  2: new Set([...commonKeys, 'body']),
  3: new Set([...commonKeys, 'delta', 'writer', 'request', 'principal', 'salt', 'prev', 'hash']),
}

/** Writes the line of an entry, without a line end. The inverse of `parseEntryLine`. */
export function formatEntry(entry: Entry): string {
  const { service, generation, id, time, revision, writer, request, principal, link } = entry
  const key = { service: formatServiceId(service), generation, id, time, tag: revision?.revisionTag ?? '' }
  if (link === null) return JSON.stringify({ kind: 'entry', v: 2, ...key, body: toBody2(entry) })
  const { delta, salt, prev, hash } = link
  return JSON.stringify({ kind: 'entry', v: 3, ...key, delta, writer, request, principal, salt, prev, hash })
}

/** Whether a text is the line of an entry, even if it is cut off. */
export function isEntryLine(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) && value.kind === 'entry'
  } catch {
    return /^\{\s*"kind"\s*:\s*"entry"/.test(text)
  }
}

/**
 * Parses the line of an entry. Throws a `RegistryError`. For an entry of a newer form, it throws `IMPORT_REFUSED`.
 */
export function parseEntryLine(json: string, place: TextPlace): EntryLine {
  const record = parseJson(json, place)
  if (!isFields(record)) throw invalidRecord('record', `is ${show(record)}; use a JSON object.`)
  if (record.kind !== 'entry') {
    throw invalidRecord('kind', `is ${show(record.kind)}, and the file began with an entry; use a file of their own.`)
  }
  const form = toForm(record, place)
  const unknown = Object.keys(record).find((key) => !keysOf[form].has(key))
  if (unknown !== undefined) throw invalidRecord(unknown, `is no key of an entry of form ${form}; use a newer Waypost.`)
  const said = toKey(record)
  if (form === 2) return { form, said, body: object(record, 'body') as unknown as Body2 }
  return { form, said: { ...said, ...toStatement(record, said) } }
}

function toForm(record: Fields, { line }: TextPlace): 2 | 3 {
  const form = whole(record, 'v')
  if (form === 2 || form === 3) return form
  if (form < 2) throw invalidRecord('v', `is ${form}; use 2 or 3.`)
  const problem = `the entry has form ${form}, and this version knows forms up to ${NEWEST_FORM}`
  throw importRefused(`line ${line}: ${problem}; use a newer Waypost.`)
}

function toKey(record: Fields): Key {
  const tag = text(record, 'tag')
  const time = whole(record, 'time')
  if (time > LAST_TIME) throw invalidRecord('time', `is ${time}; use at most ${LAST_TIME}.`)
  const id = text(record, 'id')
  if (id === '') throw invalidRecord('id', 'is empty; use the id of the entry.')
  return {
    id,
    service: toService(text(record, 'service')),
    generation: whole(record, 'generation'),
    time,
    tag: tag === '' ? '' : parseRevisionTag(tag, 'tag'),
  }
}

function toService(reference: string): ServiceId {
  const { service, revisionTag } = parseServiceReference(reference)
  if (revisionTag === undefined) return service
  throw invalidRecord('service', `is ${show(reference)}; use namespace/name.`)
}

function toStatement(record: Fields, { tag }: Key): Pick<Statement, 'writer' | 'request' | 'principal' | 'link'> {
  const delta = object(record, 'delta')
  if (isRevisionEvent(text(delta, 'event') as LogEvent) && tag === '') {
    throw invalidRecord('tag', 'is empty, and the entry changes a revision; use the tag of the revision.')
  }
  const [salt, prev, hash] = [text(record, 'salt'), text(record, 'prev'), text(record, 'hash')]
  return {
    writer: toWriter(record),
    request: record.request === null ? null : toRequest(object(record, 'request')),
    principal: toPrincipal(object(record, 'principal')),
    // The replay refuses a delta that does not follow from the state before.
    link: { delta: delta as unknown as Delta, salt, prev, hash },
  }
}

function toWriter(record: Fields): WriterKind {
  const { writer } = record
  if (writer === 'api' || writer === 'import') return writer
  throw invalidRecord('writer', `is ${show(writer)}; use "api" or "import".`)
}

function toRequest(request: Fields): RequestMark {
  requireKeys(request, 'request', ['id', 'fingerprint'])
  return { id: text(request, 'id'), fingerprint: text(request, 'fingerprint') }
}

function toPrincipal(principal: Fields): Principal {
  requireKeys(principal, 'principal', ['name', 'issuer', 'subject', 'claims', 'digest'])
  for (const key of ['issuer', 'subject', 'digest']) if (key in principal) text(principal, key)
  if ('claims' in principal) object(principal, 'claims')
  return { ...principal, name: text(principal, 'name') }
}

// The hash does not cover a key that this version does not know.
function requireKeys(fields: Fields, field: string, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key))
  if (unknown !== undefined) throw invalidRecord(`${field}.${unknown}`, 'is not known; use a newer Waypost.')
}
