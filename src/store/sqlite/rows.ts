import { RegistryError } from '../../domain/errors.ts'
import type { Entry, Head, LogEvent, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'

/** A row of the log. `body` is the JSON of what no query looks into. */
export interface Row {
  readonly generation: number
  readonly id: string
  readonly tag: string
  readonly time: number
  readonly body: string
}

/** What a row's body holds. The service, the tag and the time are columns, and are not written twice. */
interface Body {
  readonly actor: string
  readonly event: LogEvent
  readonly revision: { readonly requestedDefault: boolean | null; readonly registeredAt: number }
  readonly head: Head
}

/** The columns of an entry, in the order of the insert statement. */
export function toColumns(entry: Entry): [string, number, string, string, number, string] {
  const { id, service, generation, time, actor, event, revision, head } = entry
  const { requestedDefault, registeredAt } = revision
  const body: Body = { actor, event, revision: { requestedDefault, registeredAt }, head }
  return [formatServiceId(service), generation, id, revision.revisionTag, time, JSON.stringify(body)]
}

/** The entry of a row. The text in a row was parsed before it was written. */
export function toEntry(service: ServiceId, { generation, id, tag, time, body }: Row): Entry {
  const { actor, event, revision, head } = parseBody(service, generation, body)
  return { id, service, generation, time, actor, event, revision: toRevision(service, tag, revision), head }
}

function toRevision(service: ServiceId, tag: string, stored: Body['revision']): Revision {
  return { ...service, revisionTag: tag as RevisionTag, ...stored }
}

function parseBody(service: ServiceId, generation: number, body: string): Body {
  try {
    return JSON.parse(body) as Body
  } catch (cause) {
    const message = `The stored entry ${generation} of ${formatServiceId(service)} is damaged.`
    throw new RegistryError({ code: 'data_loss', reason: 'DAMAGED_ENTRY', message, cause })
  }
}
