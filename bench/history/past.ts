import { type Bench, compare, type Row } from '../bench.ts'
import { type ExpectedGet, getJson, measureGets } from '../gets.ts'
import type { LoadTool } from '../load-tool.ts'
import { CHANGES, PAGE_SIZE, pathOf } from './million-changes.ts'

/** The largest page that a list has. */
const LARGEST_PAGE = 1_000

/** Gets of the past, and Gets of the same revisions by their tags. */
interface Past {
  readonly name: string
  readonly origin: string
  readonly gets: readonly ExpectedGet[]
  readonly byTag: readonly ExpectedGet[]
}

/** The time of Gets of the past, beside that of plain ones, whose revisions are at the same places. */
export async function comparePast(bench: Bench, tool: LoadTool, { name, origin, gets, byTag }: Past): Promise<Row> {
  bench.say(name)
  const comparison = await compare(bench, {
    reference: await measureGets(bench, tool, origin, byTag),
    ours: await measureGets(bench, tool, origin, gets),
  })
  return { name, unit: 'µs', against: 'the same by its tag', ...comparison }
}

/** The time of the page with the oldest changes, beside that of the newest ones. */
export async function compareChangePages(bench: Bench, tool: LoadTool, origin: string): Promise<Row> {
  const name = 'List 100 of 1,000,000 changes, at the end'
  bench.say(name)
  const first = await toPage(origin, '')
  const last = await toPage(origin, await findLastToken(origin))
  const comparison = await compare(bench, {
    reference: await measureGets(bench, tool, origin, [first]),
    ours: await measureGets(bench, tool, origin, [last]),
  })
  return { name, unit: 'µs', against: 'at the start', ...comparison }
}

interface Answer {
  readonly changes: readonly { readonly generation: string }[]
  readonly next_page_token?: string
}

/** A page. Its answer is the same each time. */
async function toPage(origin: string, token: string): Promise<ExpectedGet> {
  const path = pagePath(PAGE_SIZE, token)
  const answer = await getJson<Answer>(origin, path)
  if (answer.changes.length !== PAGE_SIZE) throw new Error(`a page has ${answer.changes.length} changes`)
  return { path, body: JSON.stringify(answer) }
}

/** The token of the page with the oldest changes, found page after page, as a client must. */
async function findLastToken(origin: string): Promise<string> {
  let token = ''
  for (let left = CHANGES; left > PAGE_SIZE; ) {
    const page = await getJson<Answer>(origin, pagePath(Math.min(LARGEST_PAGE, left - PAGE_SIZE), token))
    left -= page.changes.length
    token = page.next_page_token ?? ''
  }
  return token
}

function pagePath(size: number, token: string): string {
  return pathOf(`/changes?page_size=${size}${token === '' ? '' : `&page_token=${token}`}`)
}
