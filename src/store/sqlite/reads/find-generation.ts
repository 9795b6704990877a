import type { ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry } from '../../forms/opened-entry.ts'
import type { LogTable } from '../log-table.ts'
import { openRow } from '../rows.ts'
import type { KnownTimes } from './known-times.ts'

/**
 * As `Store.findGeneration`. The search trusts the times of the rows that it passes. The entry that it finds and the next one
 * are then checked. Times never fall, so no damage of the others makes the answer wrong.
 */
export function findGeneration(
  { table, times }: { readonly table: LogTable; readonly times: KnownTimes },
  service: ServiceId,
  time: number,
): number | null {
  const newest = table.newestGeneration(service)
  if (newest === undefined) return null
  const bounds = times.narrow({ service, time, newest }, (generation) => table.timeAt(service, generation))
  const { known, later } = table.searchTime(service, time, bounds)
  if (later - known > 1) throw damagedEntry({ service, generation: Math.floor((known + later) / 2) })
  if (known > 0) requireTime(table, { service, generation: known }, (found) => found <= time)
  if (later <= newest) requireTime(table, { service, generation: later }, (found) => found > time)
  return known
}

function requireTime(
  table: LogTable,
  { service, generation }: { readonly service: ServiceId; readonly generation: number },
  isRight: (time: number) => boolean,
): void {
  const row = table.at(service, generation)
  if (row === undefined || !isRight(openRow(service, row).key.time)) throw damagedEntry({ service, generation })
}
