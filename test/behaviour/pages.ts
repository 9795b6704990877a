import type { Fields } from '../support/api.ts'

/** Follows the tokens to the end. `between` runs after each page except the last, with the number of pages so far. */
export async function followPages(
  list: (pageToken: string) => Promise<Fields>,
  between: (pages: number) => Promise<unknown> = async () => {},
): Promise<Fields[]> {
  const pages: Fields[] = []
  for (let token = ''; pages.length === 0 || token !== ''; ) {
    const page = await list(token)
    pages.push(page)
    token = tokenOf(page)
    if (token !== '') await between(pages.length)
  }
  return pages
}

/** The token at the end of a page, which is empty on the last page. */
export function tokenOf({ next_page_token = '' }: Fields): string {
  return next_page_token as string
}

/** The tags of the revisions of pages, one after the other. */
export function tagsOf(...pages: readonly Fields[]): string[] {
  return pages.flatMap(({ revisions = [] }) => (revisions as Fields[]).map(({ revision_tag }) => String(revision_tag)))
}

/** The services of pages as text, one after the other. */
export function servicesOf(...pages: readonly Fields[]): string[] {
  return pages.flatMap(({ services = [] }) =>
    (services as Fields[]).map(({ namespace, name }) => `${namespace}/${name}`),
  )
}
