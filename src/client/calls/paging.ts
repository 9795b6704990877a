/** A page of a list. The token of the next page is empty on the last page. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextPageToken: string
}

/** The items of a list. The next page is requested when all items before it have been consumed. */
export async function* everyItem<T>(readPage: (pageToken: string) => Promise<Page<T>>): AsyncGenerator<T> {
  let pageToken = ''
  do {
    const page = await readPage(pageToken)
    yield* page.items
    pageToken = page.nextPageToken
  } while (pageToken !== '')
}
