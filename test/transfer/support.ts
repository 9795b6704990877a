import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { newId, newSalt } from '../../src/identifiers.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import type { Store } from '../../src/store/store.ts'
import { exportLines } from '../../src/transfer/export.ts'
import { historyLines } from '../../src/transfer/history/export-history.ts'
import type { Refused } from '../../src/transfer/import.ts'
import { importInput } from '../../src/transfer/import-input.ts'
import type { Place } from '../../src/transfer/input/split-records.ts'
import type { Counts } from '../../src/transfer/outcome.ts'
import { collect } from '../support/collect.ts'
import type { Storage } from '../support/storage.ts'

/** Imports a text. The refusals begin with their lines. */
export async function importText(store: UpgradableStore, text: string) {
  const refusals: string[] = []
  const onRefused = ({ line, reason }: Refused) => refusals.push(`${line}: ${reason}`)
  const kept: string[] = []
  const onKept = (_: Place, text: string) => kept.push(text)
  const deps = { store, isUpgraded: store.form === 3, now: Date.now, newId, newSalt, onRefused, onKept }
  const { parts, ...counts } = await importInput(deps, inputOf(text))
  return { ...counts, parts: partsOf(parts), refusals, kept }
}

function partsOf(parts: Counts['parts']) {
  return Object.fromEntries(Object.entries(parts).map(([result, numbers]) => [result, Object.fromEntries(numbers)]))
}

/** The bytes of a text, as an input of an import. */
export async function* inputOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

/** The lines of an export. */
export async function exportText(store: Store): Promise<string[]> {
  return (await collect(exportLines(store))).flat()
}

/** The lines of an export without the generation and the hash of each service, which differ from store to store. */
export async function exportState(store: Store): Promise<string[]> {
  return (await exportText(store)).map(toState)
}

/** A line of an export without the generation and the hash. */
export function toState(line: string): string {
  const { generation, hash, ...state } = JSON.parse(line)
  return JSON.stringify(state)
}

/** The lines of an export of the history. */
export async function exportHistoryText(store: Store): Promise<string[]> {
  return (await collect(historyLines(store))).flat()
}

/** Opens a store in an empty place, and removes the place in the end. */
export async function withStore(
  createStorage: () => Promise<Storage>,
  run: (store: UpgradableStore, storage: Storage) => Promise<void>,
): Promise<void> {
  const storage = await createStorage()
  const store = await openStore(parseStore(storage.location))
  try {
    await run(store, storage)
  } finally {
    await store.close()
    await storage.remove()
  }
}
