import type { Measured, Row } from './bench.ts'

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
  const { name, ours, against, reference, ratio, lowestRatio, highestRatio } = row
  const range = `${lowestRatio.toFixed(2)} to ${highestRatio.toFixed(2)}`
  return [name, withUnit(row, ours), against, withUnit(row, reference), ratio.toFixed(2), range, ...toVerdict(row)]
}

function withUnit({ unit }: Measured, value: number): string {
  return unit === 'a second' ? `${Math.round(value).toLocaleString('en')}/s` : `${value.toFixed(1)} ${unit}`
}

function toVerdict({ ratio, target }: Measured): [string, string] {
  if (target === undefined) return ['', '']
  const [heldTo, isMet] =
    'atLeast' in target
      ? [`at least ${target.atLeast}`, ratio >= target.atLeast]
      : [`at most ${target.atMost}`, ratio <= target.atMost]
  return [heldTo, isMet ? 'met' : 'not met']
}
