import type { Entry, Revision } from '../../domain/log.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { isRelease } from '../../domain/versions/revision-order.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { fromStoredEntry, type StoredEntry, type StoredRevision, tagOf, toStoredEntry } from '../stored-entry.ts'

/** An entry as a document of the collection `entries`. */
export interface EntryDocument extends Omit<StoredEntry, 'revision'> {
  readonly _id: string
  readonly service: string
  readonly generation: number
  readonly time: Date
  readonly revision?: Omit<StoredRevision, 'registeredAt'> & { readonly tag: string; readonly registeredAt: Date }
  /** The service. Only its first entry has this field. */
  readonly opens?: string
  /** The search keys of a revision. Only the entry that registered it has them. */
  readonly registration?: RegistrationKeys
  /** The service, if the entry registered a release. */
  readonly releaseOf?: string
  /** The service, if the request had an id. */
  readonly requestOf?: string
}

export interface RegistrationKeys {
  readonly service: string
  readonly at: Date
  readonly version: string
  readonly ordinal: number
}

/** The document of an entry. */
export function toDocument(entry: Entry): EntryDocument {
  const { id, generation, time } = entry
  const service = formatServiceId(entry.service)
  const { revision, ...stored } = toStoredEntry(entry)
  return {
    ...{ _id: id, service, generation, time: new Date(time) },
    ...stored,
    ...(revision && { revision: { tag: tagOf(entry), ...revision, registeredAt: new Date(revision.registeredAt) } }),
    ...searchKeys(entry),
  }
}

/** The entry of a document. */
export function toEntry(service: ServiceId, document: EntryDocument): Entry {
  const { _id: id, generation, time, revision, ...stored } = document
  const key = { id, service, generation, time: time.getTime(), tag: revision?.tag ?? '' }
  if (revision === undefined) return fromStoredEntry(key, stored)
  return fromStoredEntry(key, { ...stored, revision: { ...revision, registeredAt: revision.registeredAt.getTime() } })
}

/** The fields by which an entry is found, in addition to its key. */
export function searchKeys({
  event,
  revision,
  generation,
  request,
  ...entry
}: Entry): Pick<EntryDocument, 'opens' | 'registration' | 'releaseOf' | 'requestOf'> {
  const service = formatServiceId(entry.service)
  const registered = event === 'revision-registered' ? revision : null
  return {
    ...(generation === 1 && { opens: service }),
    ...(request !== null && { requestOf: service }),
    ...(registered && { registration: registrationKeys(registered, service) }),
    ...(registered && isRelease(registered.revisionTag) && { releaseOf: service }),
  }
}

function registrationKeys({ registeredAt, revisionTag, ordinal }: Revision, service: string): RegistrationKeys {
  return { service, at: new Date(registeredAt), version: versionKey(revisionTag), ordinal }
}
