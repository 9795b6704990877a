import type { Head } from '../domain/head.ts'
import type { Writer } from '../domain/log.ts'
import type { Store } from '../store/store.ts'
import type { RevisionRecord, ServiceRecord } from './records.ts'

/** A record that changes a service, and its line. */
export interface Line<T extends RevisionRecord | ServiceRecord = RevisionRecord | ServiceRecord> {
  readonly line: number
  readonly record: T
}

/** What importing needs, and who hears of each record. */
export interface Importing {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
  readonly onAdded: () => void
  readonly onAlreadyThere: () => void
  readonly onRefused: (line: number, reason: string) => void
}

/** Who makes the entries of an import. */
export const ACTOR = 'import'

/** Whether an import may say what the default is: what somebody has decided since stays. */
export function isOpen({ defaultRule }: Head): boolean {
  return defaultRule === null || defaultRule.actor === ACTOR
}

/** Who makes the next entry. */
export function nextWriter({ newId, now }: Importing): Writer {
  return { id: newId(), actor: ACTOR, now: now() }
}
