import type { Writer } from '../domain/entries/new-entry.ts'
import { newWriter } from '../registry/core/new-writer.ts'
import type { Store } from '../store/store.ts'
import type { Place, RecordText } from './input/split-records.ts'
import type { Outcome } from './outcome.ts'
import type { RevisionRecord, ServiceRecord } from './record/records.ts'

/** A record that changes a service, and its place in the input. */
export interface Line<T extends RevisionRecord | ServiceRecord = RevisionRecord | ServiceRecord> extends Place {
  readonly record: T
}

/** The dependencies of an import, and the listener for the result of each record. */
export interface Importing {
  readonly store: Store
  readonly now: () => number
  readonly newId: () => string
  readonly newSalt: () => string
  readonly endpointSchemes?: ReadonlySet<string>
  readonly tell: (place: Place | RecordText, outcome: Outcome) => void
  /** Tells that some more lines were imported. */
  readonly onImported: (lines: number) => void
}

/** The name of the principal of all entries of an import. */
export const ACTOR = 'import'

/** Makes the writer of the next entry. Throws `CLOCK_SKEW`, which ends the import, if the clock cannot be trusted. */
export function nextWriter(importing: Importing): Writer {
  return newWriter(importing, { principal: { name: ACTOR }, kind: 'import' })
}
