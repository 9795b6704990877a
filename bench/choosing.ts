import { join } from 'node:path'
import { MAX_RANGE_LENGTH } from '../src/domain/versions/version-range.ts'
import { type Bench, besideLimit, compare, measureInTurn, type Row } from './bench.ts'
import { fill, type Shape, serviceName, tagOf } from './fill.ts'
import { type ExpectedGet, getJson, measureGets } from './gets.ts'
import { loadTool } from './load.ts'
import type { LoadTool } from './load-tool.ts'
import { startWaypost } from './servers.ts'

const ONE_SERVICE: Shape = { services: 1, revisionsEach: 1_000_000 }
const MANY_SERVICES: Shape = { services: 1_000_000, revisionsEach: 1 }
const MINORS = 1_000
const PATCHES = 1_000
const PAGE_SIZE = 100
const SLOW_RANGES = 10_000

/**
 * The time of a range beside that of an exact tag, among a million revisions, and of a page behind a million services.
 */
export async function choosing(bench: Bench): Promise<Row[]> {
  const tool = loadTool('HTTP/1.1')
  if (tool === undefined) throw new Error('there is no load tool for HTTP/1.1')
  return [...(await measureRanges(bench, tool)), await measurePages(bench, tool)]
}

async function measureRanges(bench: Bench, tool: LoadTool): Promise<Row[]> {
  bench.say('Filling: one service with 1,000,000 revisions')
  const path = join(bench.folder, 'one-service.db')
  await fill(path, ONE_SERVICE)
  await using waypost = await startWaypost(path)
  const tags = randomTags()
  const queries: Readonly<Record<string, readonly ExpectedGet[]>> = {
    'the range ^1.2': [toGet(`version_range=${encodeURIComponent('^1.2')}`, tagOf(ONE_SERVICE.revisionsEach - 1))],
    'ranges such as ~1.250': tags.map((tag) => toGet(...highestOfMinor(tag))),
  }
  const rows: Row[] = []
  for (const [name, gets] of Object.entries(queries)) {
    const fullName = `Get ${name}, 1,000,000 revisions, one service`
    bench.say(fullName)
    const exact =
      gets.length === 1
        ? gets.map(({ body }) => toGet(...tagOfAnswer(body)))
        : tags.map((tag) => toGet(`revision_tag=${tag}`, tag))
    const ours = await measureGets(bench, tool, waypost.origin, gets)
    const reference = await measureGets(bench, tool, waypost.origin, exact)
    const comparison = await compare(bench, { ours, reference })
    rows.push({ name: fullName, unit: 'µs', against: 'an exact tag', ...comparison })
  }
  return [...rows, await measureSlowRanges(bench, tool, waypost.origin)]
}

async function measureSlowRanges(bench: Bench, tool: LoadTool, origin: string): Promise<Row> {
  const name = 'Get a range built to be slow, 1,000,000 revisions, one service'
  bench.say(name)
  const gets = Array.from({ length: SLOW_RANGES }, () =>
    toGet(`version_range=${encodeURIComponent(slowRange())}`, tagOf(0)),
  )
  const ours = await measureGets(bench, tool, origin, gets)
  const rounds = await measureInTurn(bench, { ours })
  return besideLimit({ name, unit: 'µs', ours: rounds.map((round) => round.ours) })
}

/**
 * A range with as many alternatives as fit into it. Only the last one has a revision. The others are pre-releases
 * between stored releases, so each one needs a look into the index. There are too many of them for a server's cache.
 */
function slowRange(): string {
  const digit = () => Math.floor(Math.random() * 10)
  const alternatives: string[] = []
  for (let length = 5; length + 9 <= MAX_RANGE_LENGTH; length += 9) alternatives.push(`1.${digit()}.${digit()}-a`)
  return [...alternatives, '1.0.0'].join('||')
}

async function measurePages(bench: Bench, tool: LoadTool): Promise<Row> {
  bench.say('Filling: 1,000,000 services')
  const path = join(bench.folder, 'many-services.db')
  await fill(path, MANY_SERVICES)
  await using waypost = await startWaypost(path)
  const name = `List ${PAGE_SIZE} of 1,000,000 services, at the end`
  bench.say(name)
  const first = await toPage(waypost.origin, '')
  const last = await toPage(waypost.origin, await findLastToken(waypost.origin))
  const ours = await measureGets(bench, tool, waypost.origin, [last])
  const reference = await measureGets(bench, tool, waypost.origin, [first])
  return {
    name,
    unit: 'µs',
    against: 'at the start',
    ...(await compare(bench, { ours, reference })),
  }
}

function randomTags(): string[] {
  return Array.from({ length: ONE_SERVICE.revisionsEach / 100 }, () =>
    tagOf(Math.floor(Math.random() * ONE_SERVICE.revisionsEach)),
  )
}

/** The range of the tag's minor version, and the highest revision in it. */
function highestOfMinor(tag: string): [query: string, expected: string] {
  const minor = Number(tag.split('.')[1]) % MINORS
  return [`version_range=~1.${minor}`, tagOf(minor * PATCHES + PATCHES - 1)]
}

function tagOfAnswer(body: string): [query: string, expected: string] {
  const { revision_tag: tag } = JSON.parse(body) as { readonly revision_tag: string }
  return [`revision_tag=${tag}`, tag]
}

function toGet(query: string, tag: string): ExpectedGet {
  const isDefault = tag === tagOf(ONE_SERVICE.revisionsEach - 1)
  const revision = { namespace: 'bench', name: serviceName(0), revision_tag: tag, is_default: isDefault }
  return { path: `/services/bench/${serviceName(0)}?${query}`, body: JSON.stringify(revision) }
}

/** A page. Its answer is the same each time. */
async function toPage(origin: string, token: string): Promise<ExpectedGet> {
  const path = pagePath(PAGE_SIZE, token)
  const answer = await getJson<{ readonly services: readonly unknown[] }>(origin, path)
  if (answer.services.length !== PAGE_SIZE) throw new Error(`a page has ${answer.services.length} services`)
  return { path, body: JSON.stringify(answer) }
}

/** The token of the page with the last 1,000 services, found page after page. The last token leads to an empty page. */
async function findLastToken(origin: string): Promise<string> {
  const tokens: string[] = []
  for (let token = ''; ; ) {
    const { next_page_token: next = '' } = await getJson<{ readonly next_page_token?: string }>(
      origin,
      pagePath(1_000, token),
    )
    if (next === '') break
    tokens.push(next)
    token = next
  }
  return tokens.at(-2) ?? ''
}

function pagePath(size: number, token: string): string {
  return `/services?page_size=${size}${token === '' ? '' : `&page_token=${token}`}`
}
