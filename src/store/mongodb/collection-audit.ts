import type { Entry } from '../../domain/log.ts'
import { AUDIT_PAGE, auditEntry } from '../audit.ts'
import type { OpenedEntry } from '../forms/opened-entry.ts'
import { parseStoredService } from '../forms/stored-entry.ts'
import type { AuditedEntry } from '../store.ts'
import { COMMAND_TIMEOUT_MS, type MongoConnection } from './connection.ts'
import { type EntryDocument, openDocument, requireKeys } from './documents.ts'
import { holdersAmong } from './reads/found-entry.ts'

const BY_PLACE = { service: 1, generation: 1 } as const

/** The documents after one, in the order of the unique index. */
export async function readPage({ entries }: MongoConnection, after?: EntryDocument): Promise<EntryDocument[]> {
  const options = {
    maxTimeMS: COMMAND_TIMEOUT_MS,
    sort: BY_PLACE,
    hint: BY_PLACE,
    readConcern: { level: 'majority' },
  } as const
  if (after === undefined) return entries.find({}, { ...options, limit: AUDIT_PAGE }).toArray()
  // A condition compares values of one type only, and a damaged field may have another. The lower bound of an index
  // compares all types, but it includes the document itself.
  const { service = null, generation = null } = after as Partial<EntryDocument>
  const found = await entries.find({}, { ...options, min: { service, generation }, limit: AUDIT_PAGE + 1 }).toArray()
  return found.filter(({ _id }) => _id !== after._id)
}

/** Reads documents as far as possible, together with those that have their large parts, which take one command. */
export async function auditDocuments(
  connection: MongoConnection,
  documents: readonly EntryDocument[],
): Promise<readonly AuditedEntry[]> {
  const services = Map.groupBy(documents, ({ service }) => textOf(service))
  const needed = [...services].flatMap(([service, some]) => neededBy(service, some))
  const holders = Map.groupBy(await readHolders(connection, needed), ({ service }) => service)
  return [...services].flatMap(([service, some]) => auditService(service, some, holders.get(service) ?? []))
}

/** The entries of a service that have large parts of others. */
interface Needed {
  readonly service: string
  readonly generation: { readonly $in: readonly number[] }
}

function neededBy(service: string, documents: readonly EntryDocument[]): Needed[] {
  const opened = documents.flatMap((document) => unlessDamaged(() => open(service, document)))
  const generations = new Set(opened.flatMap(({ elsewhere }) => Object.values(elsewhere) as number[]))
  return generations.size === 0 ? [] : [{ service, generation: { $in: [...generations] } }]
}

async function readHolders({ entries }: MongoConnection, needed: readonly Needed[]): Promise<EntryDocument[]> {
  if (needed.length === 0) return []
  return entries.find({ $or: [...needed] }, { maxTimeMS: COMMAND_TIMEOUT_MS }).toArray()
}

function auditService(
  service: string,
  documents: readonly EntryDocument[],
  holders: readonly EntryDocument[],
): AuditedEntry[] {
  const [opened] = documents.flatMap((document) => unlessDamaged(() => open(service, document)))
  const among = opened && holdersAmong(opened.key.service, holders)
  return documents.map((document) => {
    const generation = Number(document.generation) || 0
    const keys = (entry: Entry) => requireKeys(entry, document)
    return auditEntry(
      { service, generation },
      { open: () => open(service, document), holders: among, requireKeys: keys },
    )
  })
}

function open(service: string, document: EntryDocument): OpenedEntry {
  return openDocument(parseStoredService(service), document)
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
