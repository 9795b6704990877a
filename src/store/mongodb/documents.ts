import type { Entry, Head, LogEvent, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'

/** An entry as a document of the collection `entries`. */
export interface EntryDocument {
  readonly _id: string
  readonly service: string
  readonly generation: number
  readonly time: Date
  readonly actor: string
  readonly event: LogEvent
  readonly revision: {
    readonly tag: string
    readonly requestedDefault: boolean | null
    readonly registeredAt: Date
  }
  readonly head: Head
}

/** The document of an entry. */
export function toDocument(entry: Entry): EntryDocument {
  const { id, service, generation, time, actor, event, revision, head } = entry
  return {
    _id: id,
    service: formatServiceId(service),
    generation,
    time: new Date(time),
    actor,
    event,
    revision: {
      tag: revision.revisionTag,
      requestedDefault: revision.requestedDefault,
      registeredAt: new Date(revision.registeredAt),
    },
    head,
  }
}

/** The entry of a document. The text in a document was parsed before it was written. */
export function toEntry(service: ServiceId, document: EntryDocument): Entry {
  const { _id: id, generation, time, actor, event, revision, head } = document
  return { id, service, generation, time: time.getTime(), actor, event, revision: toRevision(service, revision), head }
}

function toRevision(service: ServiceId, { tag, requestedDefault, registeredAt }: EntryDocument['revision']): Revision {
  return {
    ...service,
    revisionTag: tag as RevisionTag,
    requestedDefault,
    registeredAt: registeredAt.getTime(),
  }
}
