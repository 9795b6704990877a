import { PageBudget } from '../../../domain/entries/page-budget.ts'
import { inTurns } from '../../../turns.ts'

/** The first documents of a read. */
export interface FirstDocuments<T> {
  readonly documents: readonly T[]
  /** Whether there are more, which do not fit on the page. */
  readonly isCut: boolean
}

/**
 * Takes documents until the next one does not fit on a page. It then closes their cursor, so the server sends no further
 * batch. A batch has at most 16 MB.
 */
export async function withinPage<T>(
  documents: AsyncIterable<T> | Iterable<T>,
  bytesOf: (document: T) => number,
): Promise<FirstDocuments<T>> {
  const budget = new PageBudget()
  let isCut = false
  async function* fitting() {
    for await (const document of documents) {
      isCut = !budget.takes(bytesOf(document))
      if (isCut) return
      yield document
    }
  }
  return { documents: await inTurns(fitting(), (document) => document), isCut }
}
