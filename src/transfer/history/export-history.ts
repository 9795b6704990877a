import type { Store } from '../../store/store.ts'
import { readEntries, readPinned } from '../read-pinned.ts'
import { formatEntry } from './entry-line.ts'

/**
 * Yields one line for each entry of a store, in batches. The services come in the order of their text, and the entries
 * of a service in the order of their generations, without gaps. Changes during the export may be included or not.
 */
export async function* historyLines(store: Store): AsyncGenerator<readonly string[]> {
  for await (const pinned of readPinned(store)) {
    for await (const entries of readEntries(store, pinned)) yield entries.map(formatEntry)
  }
}
