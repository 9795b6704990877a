/** The numbers of an import. */
interface Imported {
  readonly added: number
  readonly changed: number
  readonly alreadyThere: number
  readonly kept: number
  readonly skipped: number
  readonly refused: number
  readonly parts: Readonly<Record<'changed' | 'kept' | 'skipped', ReadonlyMap<string, number>>>
}

/** The lines for an import: the numbers of records, then the numbers of the parts of each kind, if there are any. */
export function describeImport({ parts, ...counts }: Imported): string[] {
  const { added, changed, alreadyThere, kept, skipped, refused } = counts
  return [
    `added ${added}, changed ${changed}, already there ${alreadyThere}, kept ${kept}, skipped ${skipped}, refused ${refused}`,
    ...describeParts('changed', parts.changed),
    ...describeParts('kept as it is here', parts.kept),
    ...describeParts('skipped', parts.skipped),
  ]
}

/** The place of a record in an input, and its names. */
export interface RecordPlace {
  readonly index: number
  readonly line: number
  /** Such as `pk 3, namespace "my-org"`. Empty: unknown. */
  readonly names?: string
}

/** The line about a record. */
export function describeRecord({ index, line, names }: RecordPlace, text: string): string {
  return `record ${index} (line ${line}${names ? `, ${names}` : ''}): ${text}`
}

function describeParts(result: string, numbers: ReadonlyMap<string, number>): string[] {
  if (numbers.size === 0) return []
  const sorted = [...numbers].sort(([a], [b]) => (a < b ? -1 : 1))
  return [`${result}: ${sorted.map(([kind, number]) => `${kind} ${number}`).join(', ')}`]
}
