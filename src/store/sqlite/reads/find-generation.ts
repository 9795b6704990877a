import type { ServiceId } from '../../../domain/sruid.ts'
import { damagedEntry } from '../../forms/opened-entry.ts'
import type { LogTable } from '../log-table.ts'
import { openRow } from '../rows.ts'
import { type KnownTimes, middleOf } from './known-times.ts'

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
  const timeAt = times.of(service, (generation) => table.timeAt(service, generation))
  let [early, later] = [0, newest + 1]
  while (later - early > 1) {
    const middle = middleOf(early, later)
    const found = timeAt(middle)
    if (found === undefined) throw damagedEntry({ service, generation: middle })
    if (found <= time) early = middle
    else later = middle
  }
  if (early > 0) requireTime(table, { service, generation: early }, (found) => found <= time)
  if (later <= newest) requireTime(table, { service, generation: later }, (found) => found > time)
  return early
}

function requireTime(
  table: LogTable,
  { service, generation }: { readonly service: ServiceId; readonly generation: number },
  isRight: (time: number) => boolean,
): void {
  const row = table.at(service, generation)
  if (row === undefined || !isRight(openRow(service, row).key.time)) throw damagedEntry({ service, generation })
}
