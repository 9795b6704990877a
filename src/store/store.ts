import type { Alias, AliasName } from '../domain/alias.ts'
import type { Before } from '../domain/entries/compute-delta.ts'
import type { Statement } from '../domain/entries/replay.ts'
import type { Entry, FullHeadSnapshot, FullSnapshot, HeadSnapshot, Revision, Snapshot } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { Namespace, ServiceId } from '../domain/sruid.ts'

export { payloadsOf } from './payloads.ts'

/** The outcome of an append: the entry is stored, or another entry already has its generation. */
export type AppendResult = 'appended' | 'generation-taken'

/** The revision that a lookup is for: the default revision, a tag, or the revision that an alias points to. */
export type RevisionSelector =
  | { readonly by: 'default' }
  | { readonly by: 'tag'; readonly tag: RevisionTag }
  | { readonly by: 'alias'; readonly alias: AliasName }

/** Selects the default revision. */
export const theDefault: RevisionSelector = { by: 'default' }

/** The revisions of a service to read, and their order. */
export type RevisionScan = ScanBounds & (RegistrationOrder | VersionOrder)

/**
 * The latest registration comes first. Of two in the same millisecond, the one with the greater ordinal comes first.
 */
interface RegistrationOrder {
  readonly order: 'registration'
  /** Only revisions that come after this one; default: from the first. */
  readonly after?: { readonly registeredAt: number; readonly ordinal: number } | undefined
}

/** The highest `versionKey` comes first. Of two equal ones, the one with the greater ordinal comes first. */
interface VersionOrder {
  readonly order: 'version'
  /** Only revisions whose key is this one or above; default: all. */
  readonly from?: string | undefined
  /** Only revisions whose key is below this one; default: all. */
  readonly to?: string | undefined
  /** Whether to read only revisions whose tag is a semantic version without a pre-release part. Default: false. */
  readonly releasesOnly?: boolean | undefined
  /** Only revisions that come after this one; default: from the first. */
  readonly after?: { readonly versionKey: string; readonly ordinal: number } | undefined
}

interface ScanBounds {
  /** How many registrations the store looks at, at most: 1 to 1000. It looks at fewer if they are large. */
  readonly limit: number
  /** The generation to read at, which is not above the newest. Default: the newest. */
  readonly generation?: number | undefined
}

/** A page of the revisions of a service, as they are at one generation. */
export interface RevisionPage extends HeadSnapshot {
  readonly revisions: readonly Revision[]
  /** How many registrations the store looked at. */
  readonly lookedAt: number
  /** The last registration that the store looked at, if more may follow it; null: no more follow. */
  readonly last: Pick<Revision, 'revisionTag' | 'registeredAt' | 'ordinal'> | null
}

/** The answer to a lookup. */
export interface LookupResult extends Snapshot {
  /** The alias that the selector names. Null: the service does not have it, or the selector names no alias. */
  readonly alias: Alias | null
  /** For the default: the revisions of the rollout's candidates, in their order. Empty for other selectors. */
  readonly candidates: readonly Revision[]
}

/** A service at its newest generation, with its default revision. */
export interface ServiceSnapshot extends Snapshot {
  readonly service: ServiceId
}

/** The entries of a service to read. */
export interface LogPage {
  /** Only entries after this generation; 0: from the first. */
  readonly after: number
  /** How many entries, at most. There are fewer if they are large. */
  readonly limit: number
}

/** The changes of a service to read. */
export interface ChangesPage {
  /** Only entries before this generation; default: from the newest. */
  readonly before?: number | undefined
  /** Only entries after this generation; default: to the first. */
  readonly after?: number | undefined
  /** Only entries of the revision with this tag; default: all. */
  readonly tag?: RevisionTag | undefined
  /** How many entries, at most. There are fewer if they are large. */
  readonly limit: number
}

/** An entry, and the state before it. */
export interface StoredChange {
  readonly entry: Entry
  readonly before: Before
}

/** The services to read. */
export interface ServicePage {
  /** Only services whose text, `namespace/name`, begins with this; default: all. */
  readonly prefix?: string | undefined
  /** Only services whose text comes after this one; default: from the first. */
  readonly after?: string | undefined
  /** How many services, at most. There are fewer if they are large. */
  readonly limit: number
}

/** A page of the services. */
export interface ServiceList {
  readonly services: readonly ServiceSnapshot[]
  /** Whether more services may follow the last one. If so, the page has at least one. */
  readonly hasMore: boolean
}

/** The namespaces to read. */
export interface NamespacePage {
  /** Only namespaces that come after this one; default: from the first. */
  readonly after?: string | undefined
  /** How many namespaces, at most. */
  readonly limit: number
}

/** The services to count. */
export interface ServiceCount {
  readonly namespace: Namespace
  /** How many to count, at most: 1 to 10,000. */
  readonly most: number
}

/**
 * Keeps the log. Every sentence of this interface has a test in `src/store/contract/`, which all adapters pass. An
 * outage that only one kind of store can have is tested with its adapter.
 *
 * A store compares names and tags exactly. Upper and lower case differ. No character has a special meaning.
 *
 * An entry that is no longer as it was appended is never an answer. A read that needs it rejects with a `RegistryError`
 * that has the reason `DAMAGED_ENTRY` and names its service and its generation. Reads that do not need it are not
 * disturbed. If the storage itself is damaged below the entries, a read that needs the damaged part rejects with
 * `DAMAGED_STORE`, which names no entry.
 *
 * A lookup that is repeated may answer from entries that were read and checked before, as long as the newest entry of the
 * service is the same. So it may not notice that one of them was damaged since. It still answers with the entries as they
 * were appended.
 *
 * While the storage cannot answer, every method except `close` rejects within 5 seconds. The error is a `RegistryError`
 * with the code `unavailable`. Once the storage answers again, the same store works again.
 */
export interface Store {
  /**
   * Appends one entry. Its generation is one above the newest entry that the caller has seen.
   *
   * - It resolves with `appended` only after the entry is durable. A durable entry survives a crash of this process and
   *   of its machine.
   * - Of several entries with the same service and generation, exactly one is ever appended. For the others it resolves
   *   with `generation-taken`. Nothing of them is stored.
   * - The same entry, by its id, may be appended again. It is stored once, and each append resolves with `appended`.
   * - If it rejects, the entry is either fully stored or not stored at all. Append it again to find out.
   */
  append(entry: Entry): Promise<AppendResult>

  /**
   * Appends entries of one service, in their order, each as `append` does. Their generations are consecutive. It
   * resolves with the number of entries that are stored. It stops at the first entry whose generation is taken, and
   * stores no entry after it.
   *
   * - If it rejects, some of the entries may be stored. All entries before a stored one are stored, too.
   */
  appendAll(entries: readonly Entry[]): Promise<number>

  /**
   * Reads a service at its newest generation, with its aliases. It resolves with null if the log has no entry of the
   * service.
   *
   * - With a generation, which is not above the newest, it reads everything as it was at that generation.
   * - Without a generation, it is linearizable per service, as `lookup` is.
   */
  readHead(service: ServiceId, generation?: number): Promise<FullHeadSnapshot | null>

  /**
   * Reads a service at its newest generation, with the revision that the selector names. It resolves with null if the
   * log has no entry of the service. The revision is null if the service never had it. A deleted revision is returned,
   * and its lifecycle marks it as deleted.
   *
   * - The head, the revision and the candidates are from the same generation, even while others write.
   * - It is linearizable per service. Once an append has resolved, every later lookup sees its entry.
   * - Several lookups may resolve with the same object, so nobody may change it. A store never changes it.
   * - With a generation, which is not above the newest, it reads everything as it was at that generation. Such a result is
   *   never kept.
   */
  lookup(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<LookupResult | null>

  /**
   * Reads what `lookup` reads, and all else that the next entry of the service builds on.
   *
   * - With a generation, which is not above the newest, it reads everything as it was at that generation.
   */
  lookupForChange(service: ServiceId, selector: RevisionSelector, generation?: number): Promise<FullSnapshot | null>

  /**
   * Reads a page of the revisions of a service, in the order of the scan. It resolves with null if the log has no entry
   * of the service. Revisions that are deleted at that generation are left out. So a page may have fewer revisions than
   * its limit, although more follow.
   *
   * - The head and all revisions are from the same generation, even while others write.
   * - It stops before the revisions of the page have more than 3 MiB as JSON, but not before the first one.
   * - A caller that follows `last` to the end gets every revision once that exists from the first page to the last. This
   *   holds even if revisions are registered, changed or deleted in the meantime.
   * - Without a generation, it is linearizable per service, as `lookup` is.
   */
  readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null>

  /**
   * Reads a page of the log of a service, the oldest entry first. It rejects with `DAMAGED_ENTRY` if an entry before
   * another one is missing.
   *
   * - It stops before the revisions of the entries have more than 3 MiB as JSON, but not before the first one.
   */
  readLog(service: ServiceId, page: LogPage): Promise<Entry[]>

  /**
   * Reads a page of the changes of a service, the newest first, each with the state before it. It resolves with null if the
   * log has no entry of the service.
   *
   * - It stops before the entries and the states have more than 3 MiB as JSON, but not before the first entry.
   * - It rejects with `DAMAGED_ENTRY` if the entry of a generation is missing, unless only entries of a tag are read.
   * - It is linearizable per service, as `lookup` is.
   */
  readChanges(service: ServiceId, page: ChangesPage): Promise<readonly StoredChange[] | null>

  /**
   * Finds the generation of a service at a time, in milliseconds since 1970 (UTC): the greatest one whose time is not after
   * it. It resolves with 0 if the first entry is later, and with null if the log has no entry of the service.
   *
   * - It reads few entries, however many there are. It rejects with `DAMAGED_ENTRY` if it cannot tell because of damage.
   * - It is linearizable per service, as `lookup` is.
   */
  findGeneration(service: ServiceId, time: number): Promise<number | null>

  /**
   * Finds the first entry of a service whose request has this id. It resolves with null if there is none.
   *
   * - It is linearizable per service, as `lookup` is.
   */
  findRequest(service: ServiceId, requestId: string): Promise<Entry | null>

  /**
   * Reads a page of services, in the order of their text, `namespace/name`. Each is as `lookup` returns it for the
   * default.
   *
   * - It stops before the default revisions have more than 3 MiB as JSON, but not before the first one.
   */
  readServices(page: ServicePage): Promise<ServiceList>

  /** Reads a page of the namespaces that have services. Their order is that of their text with a `/` after it. */
  readNamespaces(page: NamespacePage): Promise<string[]>

  /**
   * Counts the services of a namespace that have an entry in the log, up to `most`. A service whose revisions were all
   * deleted counts. It reads no revision.
   */
  countServices(count: ServiceCount): Promise<number>

  /**
   * The time of the storage's clock, in milliseconds since 1970 (UTC). No change is made while the clock of this process
   * is more than 5 minutes from it.
   *
   * - It does not jump if the clock of this process jumps.
   * - It asks the storage nothing, because it is called for each change. So it goes on while the storage cannot answer.
   */
  now(): number

  /** Resolves if the storage answers. */
  ping(): Promise<void>

  /**
   * Resolves if the storage takes entries. This is known from the last append, so it usually asks the storage nothing.
   *
   * - It stores nothing.
   * - If the storage failed to take the last entry, it rejects with that error. Once 10 seconds have passed, the next
   *   call asks the storage whether it would take an entry now. So it resolves again even if no entry is appended.
   */
  checkAppends(): Promise<void>

  /**
   * Resolves if entries of every kind can be appended. While older versions of Waypost may run on the storage, it takes no
   * entry that sets a rollout or reverts, because they could not read it. Then this rejects with `UPGRADE_NOT_FINISHED`, and so
   * does an append of such an entry, which stores nothing.
   *
   * - It asks the storage, unless the upgrade is known to be finished.
   */
  checkUpgrade(): Promise<void>

  /** Waits for the appends in progress, then releases every resource. A second call does nothing. */
  close(): Promise<void>
}

/** The damage of an entry: it cannot be read, a newer version wrote it, or it is found by values that are not its own. */
export type Damage = 'damaged' | 'newer-form' | 'wrong-keys'

/** A place in a log, as far as it can be read. */
export interface AuditedEntry {
  /** The text of the service as it is stored. It may be no valid service. */
  readonly service: string
  /** As it is stored. */
  readonly generation: number
  /** Null: it cannot be read, or an entry that has a large part of it cannot be read. */
  readonly entry: Entry | null
  /** The statement of the entry. Null: it cannot be read, or it is of form 1 or 2. */
  readonly said: Statement | null
  readonly damage: Damage | null
}

/** A store that can be checked as a whole. Only `waypost verify` needs it. */
export interface AuditedStore extends Store {
  /** Checks the storage below the log. Resolves with a text for each problem. It may read the whole storage. */
  checkStorage(): Promise<readonly string[]>

  /**
   * Yields every entry in the storage, in batches: service by service, and each service by generation. Damaged entries
   * and entries of unknown services are included, and so are services without a first entry. It reads the whole
   * storage, a page at a time. Changes during the audit may be included or not.
   */
  audit(): AsyncIterable<readonly AuditedEntry[]>
}

/**
 * A store whose entries can lose the name of a person. Only `waypost redact` needs it. `src/store/contract/rewriting.ts`
 * tests every sentence.
 */
export interface RewritableStore extends AuditedStore {
  /**
   * Writes entries again, in the places of the stored ones with the same service, generation and id. They may differ from
   * those only in the names of people and in the salt, so everything by which an entry is found stays the same. It resolves
   * with the number of entries that were found.
   *
   * - An entry that is not found by service, generation and id is not stored.
   * - Every entry is rewritten whole or not at all. If it rejects, some of them may be rewritten. Rewriting the same
   *   entries again changes nothing.
   * - It resolves only after the entries are durable. From then on, all reads of all stores over the same storage return
   *   them as they are now, except lookups that were kept. A kept lookup may be up to 10 minutes old.
   * - Other stores can append meanwhile.
   */
  rewrite(entries: readonly Entry[]): Promise<number>

  /**
   * Overwrites or removes the earlier content of rewritten entries in the storage. It resolves with a text for each place
   * that may still have some of it, and that this store cannot reach. All entries stay as they are. It may wait 30
   * seconds for other processes, and as long as it takes to write the whole storage once.
   */
  purge(): Promise<readonly string[]>
}
