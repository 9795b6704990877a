/** A page of a list, as the registry answers it. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextPageToken: string
}

/** The items of a list. Each page is asked for once the items before it have been taken. */
export async function* everyItem<T>(readPage: (pageToken: string) => Promise<Page<T>>): AsyncGenerator<T> {
  let pageToken = ''
  do {
    const page = await readPage(pageToken)
    yield* page.items
    pageToken = page.nextPageToken
  } while (pageToken !== '')
}
