import { join } from 'node:path'
import { type Bench, compare, type Row } from './bench.ts'
import { fill, type Shape, serviceName, tagOf } from './fill.ts'
import { checkFill } from './fill-check.ts'
import { type ExpectedGet, measureGets } from './gets.ts'
import { loadTool } from './load.ts'
import { startWaypost } from './servers.ts'

interface Growth {
  readonly name: string
  readonly thousand: Shape
  readonly million: Shape
}

const growths: readonly Growth[] = [
  {
    name: 'many services',
    thousand: { services: 100, revisionsEach: 10 },
    million: { services: 100_000, revisionsEach: 10 },
  },
  {
    name: 'one service',
    thousand: { services: 1, revisionsEach: 1_000 },
    million: { services: 1, revisionsEach: 1_000_000 },
  },
]

// A Get asks for the default revision, or for a revision by its tag.
const queries = { default: 'the default', exact: 'a tag' } as const
type Query = keyof typeof queries

// These revisions are on more pages of the file than SQLite's cache has.
const MAX_PATHS = 50_000

/** The time of a Get among a million stored revisions, beside that among a thousand. */
export async function growth(bench: Bench): Promise<Row[]> {
  await checkFill(bench.folder)
  const rows: Row[] = []
  for (const each of growths) rows.push(...(await measureGrowth(bench, each)))
  return rows
}

async function measureGrowth(bench: Bench, { name, thousand, million }: Growth): Promise<Row[]> {
  bench.say(`Filling: ${name}`)
  await using small = await startFilled(join(bench.folder, `thousand-${name}.db`), thousand)
  await using large = await startFilled(join(bench.folder, `million-${name}.db`), million)
  const rows: Row[] = []
  for (const query of ['default', 'exact'] as const) {
    const fullName = `Get ${queries[query]}, 1,000,000 revisions, ${name}`
    bench.say(fullName)
    const sides = {
      ours: { origin: large.origin, shape: million },
      reference: { origin: small.origin, shape: thousand },
    }
    rows.push(await compareGrowth(bench, { name: fullName, query, ...sides }))
  }
  return rows
}

/** A server and the shape of its store. */
interface Filled {
  readonly origin: string
  readonly shape: Shape
}

interface Sizes {
  readonly name: string
  readonly query: Query
  readonly ours: Filled
  readonly reference: Filled
}

/** Compares the time of a Get of random revisions in a large registry and in a small one. */
export async function compareGrowth(bench: Bench, { name, query, ours, reference }: Sizes): Promise<Row> {
  const comparison = await compare(bench, {
    ours: await prepare(bench, ours, query),
    reference: await prepare(bench, reference, query),
  })
  return { name, unit: 'µs', against: 'among 1,000', ...comparison }
}

async function startFilled(path: string, shape: Shape) {
  await fill(path, shape)
  return startWaypost(path)
}

function prepare(bench: Bench, { origin, shape }: Filled, query: Query) {
  const tool = loadTool('HTTP/1.1')
  if (tool === undefined) throw new Error('there is no load tool for HTTP/1.1')
  return measureGets(bench, tool, origin, randomGets(shape, query))
}

function randomGets({ services, revisionsEach }: Shape, query: Query): ExpectedGet[] {
  const random = (below: number) => Math.floor(Math.random() * below)
  const length = Math.min(MAX_PATHS, services * (query === 'exact' ? revisionsEach : 1))
  return Array.from({ length }, () => {
    const name = serviceName(random(services))
    const revision = query === 'exact' ? random(revisionsEach) : revisionsEach - 1
    const tag = tagOf(revision)
    const path = `/services/bench/${name}${query === 'exact' ? `?revision_tag=${tag}` : ''}`
    const isDefault = revision === revisionsEach - 1
    return { path, body: JSON.stringify({ namespace: 'bench', name, revision_tag: tag, is_default: isDefault }) }
  })
}
