import type { Entry, Snapshot } from '../domain/log.ts'
import type { RevisionTag } from '../domain/revision-tag.ts'
import type { ServiceId } from '../domain/sruid.ts'

/** What became of an entry that was to be appended. */
export type AppendResult = 'appended' | 'generation-taken'

/**
 * Keeps the log. Every sentence here has a test in `test/store/contract.ts`, which all adapters pass; what takes an
 * outage that only one kind of store can have is tested with that adapter.
 *
 * Names and tags are compared exactly: case matters, and no character means anything to a store.
 *
 * Every method but `close` rejects with a `RegistryError` of code `unavailable`, within 5 seconds, while the store
 * can't answer, and works again by itself once it can.
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
   * The service at its newest generation, with the revision of that tag, or without a tag its default revision;
   * null where the log has no entry of the service.
   *
   * - The head and the revision are of one generation, whatever is written at the same time.
   * - Linearizable per service: once an append has resolved, every later lookup sees it.
   */
  lookup(service: ServiceId, tag?: RevisionTag): Promise<Snapshot | null>

  /** Up to `limit` entries of a service, oldest first, those after the generation `after` (0: from the start). */
  readLog(service: ServiceId, after: number, limit: number): Promise<Entry[]>

  /** Resolves when the store can answer. */
  ping(): Promise<void>

  /** Waits for the appends under way, then lets go of every resource. A second call does nothing. */
  close(): Promise<void>
}
