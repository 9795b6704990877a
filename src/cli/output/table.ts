import { escapeUnsafe } from './escape.ts'
import { toJsonLine } from './output.ts'
import { print } from './standard-output.ts'

/** A column of a table. */
export interface Column<T> {
  readonly title: string
  readonly text: (item: T) => string
}

export interface ListFlags {
  readonly json?: boolean
  readonly limit?: number
}

/** How many rows are printed together. Later rows may need wider columns. */
const ROWS_AT_ONCE = 100

/** Prints a list while it arrives: as a table, or as one line of JSON for each item. */
export async function printList<T extends object>(
  items: AsyncIterable<T>,
  columns: readonly Column<T>[],
  { json = false, limit = Number.POSITIVE_INFINITY }: ListFlags,
): Promise<void> {
  const widths = columns.map(() => 0)
  let rows: string[][] = [columns.map(({ title }) => title)]
  let count = 0
  for await (const item of items) {
    if (json) print(toJsonLine(item))
    else rows.push(columns.map(({ text }) => escapeUnsafe(text(item))))
    if (rows.length === ROWS_AT_ONCE) {
      printRows(rows, widths)
      rows = []
    }
    if (++count >= limit) break
  }
  if (!json) printRows(rows, widths)
}

// A column never becomes narrower, so later rows stay aligned with the titles.
function printRows(rows: readonly (readonly string[])[], widths: number[]): void {
  for (const row of rows)
    for (const [column, { length }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, length)
  print(
    ...rows.map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  )
}
