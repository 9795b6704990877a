import type { Filter } from 'mongodb'
import type { Head } from '../../domain/head.ts'
import type { Entry, FullHeadSnapshot, FullRevision, FullSnapshot, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { AppendHealth } from '../append-health.ts'
import { damagedEntry, damagedService, type Elsewhere, orDamaged } from '../forms/opened-entry.ts'
import { type Form, parseStoredService, requireGapless } from '../forms/stored-entry.ts'
import type { UpgradableStore } from '../forms/upgradable-store.ts'
import { choose, chooseByAlias, requireChosen, selectedTag } from '../selected-tag.ts'
import { aboveNamespace, abovePrefix, firstBehind } from '../service-order.ts'
import {
  type AppendResult,
  type AuditedEntry,
  type LogPage,
  type LookupResult,
  type NamespacePage,
  type RevisionPage,
  type RevisionScan,
  type RevisionSelector,
  type ServicePage,
  type ServiceSnapshot,
  theDefault,
} from '../store.ts'
import { auditDocuments, readPage } from './collection-audit.ts'
import { MongoConnection } from './connection.ts'
import { type EntryDocument, openDocument, type RegistrationKeys, requireKeys } from './documents.ts'
import { EntryAppender } from './entry-appender.ts'
import { ALL_PARTS, BOUNDED, EntryFinder, type FoundEntry } from './entry-finder.ts'
import { prepareCollection } from './prepare-collection.ts'
import { toQuery } from './scan-query.ts'
import { unusableDeployment } from './unusable-deployment.ts'

const NAMESPACES_AT_ONCE = 100

/**
 * Connects to the deployment that the connection string names, and makes the log's collection and its indexes if they
 * do not exist. Rejects if it cannot be reached. The connection string may set timeouts and the read concern. Writes
 * are always acknowledged by the journals of a majority, and reads always go to the primary.
 */
export async function openMongoStore(uri: string): Promise<UpgradableStore> {
  try {
    return await open(uri)
  } catch (error) {
    throw unusableDeployment(error, 'readWrite')
  }
}

async function open(uri: string): Promise<UpgradableStore> {
  const connection = await MongoConnection.open(uri)
  try {
    return new MongoStore(connection, await prepareCollection(connection))
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The part of a registration that a scan reads. */
interface Registered {
  readonly tag: RevisionTag
  readonly registration: RegistrationKeys
}

class MongoStore implements UpgradableStore {
  readonly #connection: MongoConnection
  readonly #finder: EntryFinder
  readonly #appender: EntryAppender
  readonly #appending = new Set<Promise<unknown>>()
  readonly #appendHealth: AppendHealth

  constructor(connection: MongoConnection, form: Form) {
    this.#connection = connection
    this.#finder = new EntryFinder(connection)
    this.#appender = new EntryAppender(connection, form)
    this.#appendHealth = new AppendHealth({ probe: () => this.#appender.probe() })
  }

  get form(): Form {
    return this.#appender.form
  }

  append(entry: Entry): Promise<AppendResult> {
    return this.#whileOpen(() => this.#appender.append(entry))
  }

  appendAll(entries: readonly Entry[]): Promise<number> {
    return this.#whileOpen(() => this.#appender.appendAll(entries))
  }

  readHead(service: ServiceId): Promise<FullHeadSnapshot | null> {
    return this.#connection.bounded(async () => {
      const newest = await this.#finder.find(service, { parts: ['aliases'] })
      return newest && toFullHead(newest)
    })
  }

  lookup(service: ServiceId, selector: RevisionSelector): Promise<LookupResult | null> {
    return this.#connection.bounded(() => this.#lookup(service, selector))
  }

  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null> {
    return this.#connection.bounded(async () => {
      const at = await this.#finder.find(service, { filter: filterOf(generation), parts: ALL_PARTS })
      if (at === null) return null
      const snapshot = toFullHead(at)
      const tag = selectedTag(snapshot.head, selector)
      const holder = tag && (await this.#ofTag(service, tag, at, ['info', 'registration']))
      requireChosen(at.opened.key, selector, { tag, holder })
      return { ...snapshot, revision: holder && toFullRevision(holder) }
    })
  }

  readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null> {
    return this.#connection.bounded(async () => {
      const at = await this.#finder.find(service, { filter: filterOf(scan.generation), parts: ['info'] })
      if (at === null) return null
      const { generation, time } = at.opened.key
      const keys = await this.#registrations(service, scan, generation)
      // Entries never change, so later reads up to this generation see the state of the first read.
      const found = await Promise.all(keys.map((key) => this.#registered(service, key, at)))
      const last = keys.length < scan.limit ? undefined : keys.at(-1)
      return {
        ...{ generation, time, head: toHead(at) },
        revisions: found.filter((revision) => revision !== null),
        last: last ? toPlace(last) : null,
      }
    })
  }

  readLog(service: ServiceId, { after, limit }: LogPage): Promise<Entry[]> {
    return this.#connection.bounded(async () => {
      const filter = { service: formatServiceId(service), generation: { $gt: after } }
      const options = { ...BOUNDED, sort: { generation: 1 }, limit } as const
      const documents = await this.#connection.entries.find(filter, options).toArray()
      requireGapless(service, after, documents)
      const opened = documents.map((document) => ({ document, opened: openDocument(service, document) }))
      const holders = await this.#finder.holdersOf(
        service,
        opened.map((each) => each.opened),
      )
      return opened.map((each) => {
        const entry = toEntry({ ...each, holders })
        requireKeys(entry, each.document)
        return entry
      })
    })
  }

  findRequest(service: ServiceId, requestId: string): Promise<Entry | null> {
    const filter = { requestOf: formatServiceId(service), 'request.id': requestId }
    return this.#connection.bounded(async () => {
      const found = await this.#finder.find(service, { filter, sort: { generation: 1 }, parts: ALL_PARTS })
      if (found === null) return null
      const entry = toEntry(found)
      if (entry.request?.id !== requestId) throw damagedEntry(entry)
      return entry
    })
  }

  readServices({ prefix = '', after = '', limit }: ServicePage): Promise<ServiceSnapshot[]> {
    return this.#connection.bounded(async () => {
      const services = await this.#services(firstBehind(prefix, after), abovePrefix(prefix), limit)
      const snapshots = await Promise.all(services.map((service) => this.#lookup(service, theDefault)))
      return services.flatMap((service, index) => {
        const found = snapshots[index]
        if (!found) return []
        const { alias: _, ...snapshot } = found
        return [{ service, ...snapshot }]
      })
    })
  }

  // Reads some services at a time, and then skips the rest of the last one's namespace, however many services that has.
  readNamespaces({ after = '', limit }: NamespacePage): Promise<string[]> {
    return this.#connection.bounded(async () => {
      const found = new Set<string>()
      for (let last = after; found.size < limit; ) {
        const from = last === '' ? '' : aboveNamespace(last)
        const services = await this.#services(from, abovePrefix(''), NAMESPACES_AT_ONCE)
        for (const { namespace } of services) found.add(namespace)
        if (services.length < NAMESPACES_AT_ONCE) break
        last = services.at(-1)?.namespace ?? ''
      }
      return [...found].slice(0, limit)
    })
  }

  // MongoDB checks its own files.
  async checkStorage(): Promise<readonly string[]> {
    return []
  }

  async *audit(): AsyncGenerator<readonly AuditedEntry[]> {
    let last: EntryDocument | undefined
    do {
      const documents = await this.#connection.bounded(() => readPage(this.#connection, last))
      last = documents.at(-1)
      if (documents.length > 0) yield await this.#connection.bounded(() => auditDocuments(this.#finder, documents))
    } while (last !== undefined)
  }

  now(): number {
    return this.#connection.clock.now()
  }

  ping(): Promise<void> {
    return this.#connection.bounded(() => this.#connection.ping())
  }

  checkAppends(): Promise<void> {
    return this.#appendHealth.check()
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#appending)
    await this.#connection.close()
  }

  // `close` waits for the appends in this set.
  async #whileOpen<T>(append: () => Promise<T>): Promise<T> {
    const appending = this.#appendHealth.observe(append())
    this.#appending.add(appending)
    try {
      return await appending
    } finally {
      this.#appending.delete(appending)
    }
  }

  async #lookup(service: ServiceId, selector: RevisionSelector): Promise<LookupResult | null> {
    const isByAlias = selector.by === 'alias'
    const newest = await this.#finder.find(service, { parts: isByAlias ? ['aliases', 'info'] : ['info'] })
    if (newest === null) return null
    const { key } = newest.opened
    const chosen = isByAlias ? chooseByAlias(toFullHead(newest).head, selector) : choose(toHead(newest), selector)
    const holder = chosen.tag && (await this.#ofTag(service, chosen.tag, newest, ['info']))
    requireChosen(key, selector, { tag: chosen.tag, holder })
    const { generation, time } = key
    const { head, alias } = chosen
    return { generation, time, head, revision: holder && toRevision(holder), alias }
  }

  // The newest entry of the tag, with these parts. `newest` was read with them.
  async #ofTag(
    service: ServiceId,
    tag: RevisionTag,
    newest: FoundEntry,
    parts: readonly (keyof Elsewhere)[],
  ): Promise<FoundEntry | null> {
    const { generation, tag: newestTag } = newest.opened.key
    if (newestTag === tag) return newest
    return this.#finder.find(service, { filter: { 'revision.tag': tag, generation: { $lte: generation } }, parts })
  }

  // Null if the tag was deleted, or registered again after that: then its newer registration finds it.
  async #registered(service: ServiceId, { tag, registration }: Registered, at: FoundEntry): Promise<Revision | null> {
    const holder = await this.#ofTag(service, tag, at, ['info'])
    const revision = holder && toRevision(holder)
    const { ordinal } = registration
    if (revision?.ordinal !== ordinal) return null
    const isSame =
      revision.registeredAt === registration.at.getTime() && registration.version === versionKey(revision.revisionTag)
    if (!isSame) throw damagedEntry({ service, generation: ordinal })
    return revision.lifecycle.isDeleted ? null : revision
  }

  async #registrations(service: ServiceId, scan: RevisionScan, generation: number): Promise<Registered[]> {
    const { filter, sort } = toQuery(formatServiceId(service), scan)
    const documents = await this.#connection.entries
      .find(
        { $and: [...filter, { service: formatServiceId(service), 'registration.ordinal': { $lte: generation } }] },
        { ...BOUNDED, sort, limit: scan.limit },
      )
      .project<Pick<EntryDocument, 'generation' | 'registration' | 'revision'>>({
        ...{ generation: 1, registration: 1, 'revision.tag': 1 },
      })
      .toArray()
    return documents.map((document) => orDamaged({ service, ...document }, () => toRegistered(document)))
  }

  async #services(from: string, to: string, limit: number): Promise<ServiceId[]> {
    const documents = await this.#connection.entries
      .find({ opens: { $gte: from, $lt: to } }, { ...BOUNDED, sort: { opens: 1 }, limit })
      .project<{ opens: string; service: string }>({ opens: 1, service: 1 })
      .toArray()
    return documents.map(({ opens, service }) => {
      if (opens !== service) throw damagedService(service)
      return parseStoredService(service)
    })
  }
}

function filterOf(generation: number | undefined): Filter<EntryDocument> {
  return generation === undefined ? {} : { generation }
}

function toHead({ opened }: FoundEntry): Head {
  return orDamaged(opened.key, () => opened.head())
}

function toFullHead({ opened, holders }: FoundEntry): FullHeadSnapshot {
  const { generation, time } = opened.key
  const head = orDamaged(opened.key, () => opened.fullHead(holders))
  return { generation, time, head, link: opened.link && { hash: opened.link.hash } }
}

function toRevision({ opened, holders }: FoundEntry): Revision | null {
  return orDamaged(opened.key, () => opened.revision(holders))
}

function toFullRevision({ opened, holders }: FoundEntry): FullRevision | null {
  return orDamaged(opened.key, () => opened.fullRevision(holders))
}

function toEntry({ opened, holders }: Pick<FoundEntry, 'opened' | 'holders'>): Entry {
  return orDamaged(opened.key, () => opened.entry(holders))
}

// An index finds only documents with these keys, but a damaged key may have another type.
function toRegistered(document: Pick<EntryDocument, 'generation' | 'registration' | 'revision'>): Registered {
  const { generation, registration, revision } = document
  const isSound = registration?.at instanceof Date && registration.ordinal === generation && revision !== undefined
  if (!isSound) throw new TypeError('the search keys are damaged')
  return { tag: revision.tag as RevisionTag, registration }
}

function toPlace({ tag: revisionTag, registration }: Registered): NonNullable<RevisionPage['last']> {
  return { revisionTag, registeredAt: registration.at.getTime(), ordinal: registration.ordinal }
}
