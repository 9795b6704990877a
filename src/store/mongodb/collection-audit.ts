import type { Entry } from '../../domain/log.ts'
import { AUDIT_PAGE, auditEntry } from '../audit.ts'
import { parseStoredService } from '../forms/stored-entry.ts'
import type { AuditedEntry } from '../store.ts'
import type { MongoConnection } from './connection.ts'
import { type EntryDocument, openDocument, requireKeys } from './documents.ts'
import { BOUNDED, type EntryFinder } from './entry-finder.ts'

const BY_PLACE = { service: 1, generation: 1 } as const

/** The documents after one, in the order of the unique index. */
export async function readPage({ entries }: MongoConnection, after?: EntryDocument): Promise<EntryDocument[]> {
  const options = { ...BOUNDED, sort: BY_PLACE, hint: BY_PLACE, readConcern: { level: 'majority' } } as const
  if (after === undefined) return entries.find({}, { ...options, limit: AUDIT_PAGE }).toArray()
  // A condition compares values of one type only, and a damaged field may have another. The lower bound of an index
  // compares all types, but it includes the document itself.
  const { service = null, generation = null } = after as Partial<EntryDocument>
  const found = await entries.find({}, { ...options, min: { service, generation }, limit: AUDIT_PAGE + 1 }).toArray()
  return found.filter(({ _id }) => _id !== after._id)
}

/** Reads documents as far as possible, together with those that have their large parts. */
export async function auditDocuments(
  finder: EntryFinder,
  documents: readonly EntryDocument[],
): Promise<readonly AuditedEntry[]> {
  const services = Map.groupBy(documents, ({ service }) => textOf(service))
  const audited = await Promise.all([...services].map(([service, some]) => auditService(finder, service, some)))
  return audited.flat()
}

async function auditService(
  finder: EntryFinder,
  service: string,
  documents: readonly EntryDocument[],
): Promise<AuditedEntry[]> {
  const open = (document: EntryDocument) => openDocument(parseStoredService(service), document)
  const opened = documents.flatMap((document) => unlessDamaged(() => open(document)))
  const holders = opened[0] && (await finder.holdersOf(opened[0].key.service, opened))
  return documents.map((document) => {
    const generation = Number(document.generation) || 0
    const keys = (entry: Entry) => requireKeys(entry, document)
    return auditEntry({ service, generation }, { open: () => open(document), holders, requireKeys: keys })
  })
}

function unlessDamaged<T>(read: () => T): T[] {
  try {
    return [read()]
  } catch {
    return []
  }
}

function textOf(service: unknown): string {
  return typeof service === 'string' ? service : `${JSON.stringify(service)}`
}
