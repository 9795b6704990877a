import { PageBudget } from '../../../domain/entries/page-budget.ts'
import { inTurns } from '../../../turns.ts'

/** The first documents of a read. */
export interface FirstDocuments<T> {
  readonly documents: readonly T[]
  /** Whether there are more, which do not fit on the page. */
  readonly isCut: boolean
  /** The first one that does not fit on the page. Undefined: all fit. */
  readonly next: T | undefined
}

/**
 * Takes documents until the next one does not fit on a page. It then closes their cursor, so the server sends no further
 * batch. A batch has at most 16 MB. A document of no bytes is no item of the page.
 */
export async function withinPage<T>(
  documents: AsyncIterable<T> | Iterable<T>,
  bytesOf: (document: T) => number,
): Promise<FirstDocuments<T>> {
  const budget = new PageBudget()
  let next: T | undefined
  async function* fitting() {
    for await (const document of documents) {
      const bytes = bytesOf(document)
      if (bytes === 0 || budget.takes(bytes)) yield document
      else {
        next = document
        return
      }
    }
  }
  const first = await inTurns(fitting(), (document) => document)
  return { documents: first, isCut: next !== undefined, next }
}
