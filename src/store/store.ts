import type { AliasName } from '../domain/alias.ts'
import type { Entry, HeadSnapshot, Revision, Snapshot } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { ServiceId } from '../domain/sruid.ts'

/** What became of an entry that was to be appended. */
export type AppendResult = 'appended' | 'generation-taken'

/** Which revision of a service a lookup is for: the default, a tag, or the revision that an alias points to. */
export type RevisionSelector =
  | { readonly by: 'default' }
  | { readonly by: 'tag'; readonly tag: RevisionTag }
  | { readonly by: 'alias'; readonly alias: AliasName }

/** Selects the default revision. */
export const theDefault: RevisionSelector = { by: 'default' }

/** Which revisions of a service are read, and in which order. */
export type RevisionScan = ScanBounds & (RegistrationOrder | VersionOrder)

/** The last registered first; of those registered in one millisecond, the one with the greater ordinal. */
interface RegistrationOrder {
  readonly order: 'registration'
  /** Those behind this revision. */
  readonly after?: { readonly registeredAt: number; readonly ordinal: number } | undefined
}

/** The highest `versionKey` first; of equals, the one with the greater ordinal. */
interface VersionOrder {
  readonly order: 'version'
  /** Those whose key is at least this; default: all. */
  readonly from?: string | undefined
  /** Those whose key is below this; default: all. */
  readonly to?: string | undefined
  /** Whether tags that are no semantic version without a pre-release part are left out. Default: false. */
  readonly releasesOnly?: boolean | undefined
  /** Those behind this revision. */
  readonly after?: { readonly versionKey: string; readonly ordinal: number } | undefined
}

interface ScanBounds {
  /** How many are looked at, at most: 1 to 1000. */
  readonly limit: number
  /** The generation that they are read at; default: the newest. Not above the newest. */
  readonly generation?: number | undefined
}

/** Some revisions of a service, as they are at one generation. */
export interface RevisionPage extends HeadSnapshot {
  readonly revisions: readonly Revision[]
  /** The last that was looked at, where there may be more; null: these are the last. */
  readonly last: Pick<Revision, 'revisionTag' | 'registeredAt' | 'ordinal'> | null
}

/** A service at its newest generation, with its default revision. */
export interface ServiceSnapshot extends Snapshot {
  readonly service: ServiceId
}

/** Which entries of a service are read. */
export interface LogPage {
  /** Entries after this generation; 0: from the first. */
  readonly after: number
  /** How many entries, at most. */
  readonly limit: number
}

/** Which services are read. */
export interface ServicePage {
  /** What their text, `namespace/name`, begins with; default: anything. */
  readonly prefix?: string | undefined
  /** Services after this text; default: from the first. */
  readonly after?: string | undefined
  /** How many services, at most. */
  readonly limit: number
}

/** Which namespaces are read. */
export interface NamespacePage {
  /** Namespaces after this one; default: from the first. */
  readonly after?: string | undefined
  /** How many namespaces, at most. */
  readonly limit: number
}

/**
 * Keeps the log. Every sentence here has a test in `src/store/contract/`, which all adapters pass. An outage that only one
 * kind of store can have is tested with that adapter.
 *
 * Names and tags are compared exactly: case matters, and no character means anything to a store.
 *
 * While the store can't answer, every method except `close` rejects with a `RegistryError` of code `unavailable` within 5
 * seconds. It works again by itself once the store can.
 */
export interface Store {
  /**
   * Adds one entry, whose generation is one above the newest entry that the caller has seen.
   *
   * - Resolves `appended` only after the entry is durable: it outlives a crash of this process and of its machine.
   * - Of several entries with one service and generation exactly one is ever appended; the others get
   *   `generation-taken`, and nothing of them is stored.
   * - The same entry (by id) may be sent again: it is stored once, and the answer is `appended`.
   * - Where it rejects, the entry is stored whole or not at all; sending it again finds out.
   */
  append(entry: Entry): Promise<AppendResult>

  /**
   * Adds entries of one service with consecutive generations, in their order, each as `append` does. Resolves with how
   * many were appended: all up to the first whose generation is taken, and none behind it.
   *
   * - Where it rejects, the entries up to one of them are stored, and none behind it.
   */
  appendAll(entries: readonly Entry[]): Promise<number>

  /**
   * A service at its newest generation; null if the log has no entry of the service. Linearizable per service, as `lookup`
   * is.
   */
  readHead(service: ServiceId): Promise<HeadSnapshot | null>

  /**
   * A service at its newest generation, with the revision that the selector names; null if the log has no entry of the
   * service. The revision is null if the service has never had it, and a deleted revision is found as deleted.
   *
   * - The head and the revision are of one generation, whatever is written at the same time.
   * - Linearizable per service: once an append has resolved, every later lookup sees it.
   */
  lookup(service: ServiceId, selector: RevisionSelector): Promise<Snapshot | null>

  /**
   * The revisions of a service, in an order; null where the log has no entry of the service. Those that are deleted at
   * that generation are left out, so there may be fewer than were looked at.
   *
   * - The head and all revisions are of one generation, whatever is written at the same time.
   * - Following `last` to the end meets every revision once that exists from the first page to the last, whatever is
   *   registered, changed or deleted in the meantime.
   * - Linearizable per service, as `lookup` is, where no generation is given.
   */
  readRevisions(service: ServiceId, scan: RevisionScan): Promise<RevisionPage | null>

  /** The entries of a page of a service's log, oldest first. */
  readLog(service: ServiceId, page: LogPage): Promise<Entry[]>

  /** The first entry of a service whose request has this id; null if there is none. Linearizable per service. */
  findRequest(service: ServiceId, requestId: string): Promise<Entry | null>

  /** A page of services in the order of their text, `namespace/name`. Each is as `lookup` finds it by its default. */
  readServices(page: ServicePage): Promise<ServiceSnapshot[]>

  /** A page of the namespaces that have services, in the order of their text followed by a `/`. */
  readNamespaces(page: NamespacePage): Promise<string[]>

  /** Resolves when the store can answer. */
  ping(): Promise<void>

  /** Waits for the appends under way, then lets go of every resource. A second call does nothing. */
  close(): Promise<void>
}
