import type { Entry } from '../../domain/log.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import { type ImportEvents, toRefused } from '../import.ts'
import type { RecordText } from '../input/split-records.ts'
import { type Counts, noCounts } from '../outcome.ts'
import { parseEntryLine } from './entry-line.ts'
import { HistoryCheck } from './history-check.ts'
import { HistoryReplay } from './history-replay.ts'
import { HistorySpool } from './history-spool.ts'
import { importRefused } from './import-refused.ts'

/** The dependencies of an import of a history. */
export interface HistoryDeps extends ImportEvents {
  readonly store: Store
  /** Whether the store keeps entries in their newest form. */
  readonly isUpgraded: boolean
}

/** The most lines, and about the most characters, to append together. */
const [BATCH, BATCH_CHARACTERS] = [2_000, 16 * 1024 ** 2]

/** The number of services to write at once, as in an import of records. */
const SERVICES_AT_ONCE = 100

/**
 * Imports the entries of a history, with their ids, generations, times and hashes. It reads and checks all lines first.
 * If one of them is refused, nothing is stored. Of each service, only the first refused entry is reported. Throws
 * `IMPORT_REFUSED` if the store is not empty, or is still written in an older form, or if an entry has a newer form.
 */
export async function importHistory(deps: HistoryDeps, records: AsyncIterable<readonly RecordText[]>): Promise<Counts> {
  await requireEmpty(deps)
  const spool = new HistorySpool()
  try {
    const refused = await checkAll(deps, spool, records)
    if (refused > 0) return { ...noCounts(), refused }
    deps.onAllRead?.()
    await appendAll(deps, spool)
    return { ...noCounts(), added: spool.count }
  } finally {
    spool.close()
  }
}

async function requireEmpty({ store, isUpgraded }: HistoryDeps): Promise<void> {
  const [first] = (await store.readServices({ limit: 1 })).services
  if (first !== undefined) {
    const found = `the store has entries already, such as those of ${formatServiceId(first.service)}`
    throw importRefused(`${found}; import a history into an empty store.`)
  }
  if (isUpgraded) return
  throw importRefused('the store is still written in form 2; run waypost upgrade --finish first.')
}

// Resolves with the number of refused lines.
async function checkAll(
  { onRefused, onRead }: HistoryDeps,
  spool: HistorySpool,
  records: AsyncIterable<readonly RecordText[]>,
): Promise<number> {
  const check = new HistoryCheck(spool)
  let [read, refused] = [0, 0]
  for await (const some of records) {
    for (const record of some) {
      const problem = check.add(record)
      if (problem === undefined) continue
      refused++
      onRefused(toRefused(record, problem))
    }
    read += some.length
    onRead?.(read)
  }
  return refused
}

async function appendAll({ store, onImported }: HistoryDeps, spool: HistorySpool): Promise<void> {
  let appended = 0
  for (const batch of inBatches(spool)) {
    const services = [...Map.groupBy(batch, ({ service }) => formatServiceId(service)).values()]
    for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
      await Promise.all(services.slice(at, at + SERVICES_AT_ONCE).map((entries) => append(store, entries)))
    }
    appended += batch.length
    onImported?.(appended, spool.count)
  }
}

// Makes the entries of all lines again, because whole entries need many times the space of their lines.
function* inBatches(spool: HistorySpool): Generator<readonly Entry[]> {
  spool.clearStates()
  const replay = new HistoryReplay(spool)
  let [batch, characters]: [Entry[], number] = [[], 0]
  for (const { line, text } of spool.lines()) {
    batch.push(replay.next(parseEntryLine(text, { line, column: 1 })))
    characters += text.length
    if (batch.length < BATCH && characters < BATCH_CHARACTERS) continue
    yield batch
    ;[batch, characters] = [[], 0]
  }
  if (batch.length > 0) yield batch
}

async function append(store: Store, entries: readonly Entry[]): Promise<void> {
  if ((await store.appendAll(entries)) === entries.length) return
  const service = formatServiceId((entries[0] as Entry).service)
  throw importRefused(`another writer has changed ${service}; stop all servers, and import into an empty store.`)
}
