import type { ChangeDifference, ServiceChange } from '../../client/index.ts'
import { describeMove } from './describe-effect.ts'
import { row } from './row.ts'

/** The lines for a change: its generation, time and kind, who made it and why, then the values that it changed. */
export function describeChange(change: ServiceChange): string[] {
  const { generation, time, event, revisionTag, alias, actor, reason, differences } = change
  const kind = [event.toLowerCase().replaceAll('_', '-'), revisionTag, alias].filter(Boolean).join(' ')
  const title = [generation, time?.toISOString(), kind, ...(actor ? [`by ${actor}`] : [])].join('  ')
  return [
    ...(reason ? row(title, reason) : [title]),
    ...differences.flatMap(describeDifference).map((line) => `    ${line}`),
  ]
}

/** The line for a value before and after a change. */
export function describeDifference({ field, before = 'none', after = 'none' }: ChangeDifference): string[] {
  return row(field, describeMove({ before: withoutArrow(before), after: withoutArrow(after) }))
}

// An alias that follows a range has a value such as `^1 → 1.2.0`.
function withoutArrow(value: string): string {
  return value.replace(/^(.*) → (.*)$/s, '$1 ($2)')
}
