import type { Head } from '../domain/head.ts'
import type { Writer } from '../domain/log.ts'
import { newWriter } from '../registry/core/new-writer.ts'
import type { Store } from '../store/store.ts'
import type { RevisionRecord, ServiceRecord } from './records.ts'

/** A record that changes a service, and its line number. */
export interface Line<T extends RevisionRecord | ServiceRecord = RevisionRecord | ServiceRecord> {
  readonly line: number
  readonly record: T
}

/** The dependencies of an import, and the listeners for the result of each record. */
export interface Importing {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
  readonly onAdded: () => void
  readonly onAlreadyThere: () => void
  readonly onRefused: (line: number, reason: string) => void
}

/** The actor of all entries of an import. */
export const ACTOR = 'import'

/** Whether an import may set the default. A default that someone has set on this registry stays. */
export function isOpen({ defaultRule }: Head): boolean {
  return defaultRule === null || defaultRule.actor === ACTOR
}

/** Makes the writer of the next entry. Throws `CLOCK_SKEW`, which ends the import, if the clock cannot be trusted. */
export function nextWriter(importing: Importing): Writer {
  return newWriter(importing, { actor: ACTOR })
}
