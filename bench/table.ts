import type { Measured, Row } from './bench.ts'
import { isMet, targetOf } from './targets.ts'

const HEADINGS = ['Measurement', 'Waypost', 'Compared with', 'its value', 'Ratio', '(its range)', 'Held to', '']

/** Formats the rows as a table that is readable as plain text and as Markdown. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(toCells)]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const toLine = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  const [headings = [], ...body] = cells
  return [toLine(headings), toLine(widths.map((width) => '-'.repeat(width))), ...body.map(toLine)].join('\n')
}

function toCells(row: Row): string[] {
  if ('skipped' in row) return [row.name, row.skipped]
  const { ours, against, reference, ratio, lowestRatio, highestRatio } = row
  const name = row.detail === undefined ? row.name : `${row.name}: ${row.detail}`
  const range = `${lowestRatio.toFixed(2)} to ${highestRatio.toFixed(2)}`
  return [name, withUnit(row, ours), against, withUnit(row, reference), ratio.toFixed(2), range, ...toVerdict(row)]
}

function withUnit({ unit }: Measured, value: number): string {
  return unit === 'a second' ? `${Math.round(value).toLocaleString('en')}/s` : `${value.toFixed(1)} ${unit}`
}

function toVerdict({ name, ratio }: Measured): [string, string] {
  const target = targetOf(name)
  if (target === undefined) return ['', '']
  const heldTo = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`
  return [heldTo, isMet(ratio, target) ? 'met' : 'not met']
}
