import { print, toJsonLine } from './output.ts'

/** A column of a table. */
export interface Column<T> {
  readonly title: string
  readonly text: (item: T) => string
}

export interface ListFlags {
  readonly json?: boolean
  readonly limit?: number
}

/** How many rows are aligned together: what comes later is not waited for. */
const ROWS_AT_ONCE = 100

/** Prints a list as it arrives: as a table with columns, or as one line of JSON for each item. */
export async function printList<T extends object>(
  items: AsyncIterable<T>,
  columns: readonly Column<T>[],
  { json = false, limit = Number.POSITIVE_INFINITY }: ListFlags,
): Promise<void> {
  let rows: string[][] = [columns.map(({ title }) => title)]
  let count = 0
  for await (const item of items) {
    if (json) print(toJsonLine(item))
    else rows.push(columns.map(({ text }) => text(item)))
    if (rows.length === ROWS_AT_ONCE) {
      printRows(rows)
      rows = []
    }
    if (++count >= limit) break
  }
  if (!json) printRows(rows)
}

function printRows(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  print(
    ...rows.map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  )
}
