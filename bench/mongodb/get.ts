import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import type { MongoClient } from 'mongodb'
import { type Bench, besideLimit, compare, median, type Row } from '../bench.ts'
import { type Shape, serviceName, tagOf } from '../fill.ts'
import { loadTool } from '../load.ts'
import { startWaypost } from '../servers.ts'
import { type Deployment, fillMongo } from './deployment.ts'

const SHAPE: Shape = { services: 100, revisionsEach: 10 }
const LONG_LIST = 1_000
const IN_FLIGHT = 64
const MAX_PAGE_MS = 150

// A tag whose entry is not the newest of its service.
const OLD_TAG = tagOf(4)

/** Lookups on a replica set of three members, beside the driver's own `findOne` of an entry. */
export async function getFromMongo(bench: Bench, { location, client }: Deployment): Promise<Row[]> {
  await fillMongo(location, SHAPE)
  await using waypost = await startWaypost(location)
  const finding = finder(client)
  const rows: Row[] = []
  for (const [name, query] of [
    ['the default', ''],
    ['a tag', `?revision_tag=${OLD_TAG}`],
  ] as const) {
    bench.say(`Get ${name} from MongoDB`)
    const paths = Array.from({ length: SHAPE.services }, (_, each) => `/services/bench/${serviceName(each)}${query}`)
    rows.push(
      ...(await measureOne(bench, { name, origin: waypost.origin, paths, finding })),
      ...(await measureMany(bench, { name, origin: waypost.origin, paths, finding })),
    )
  }
  return rows
}

/** A page of 1,000 revisions on a replica set of three members, as large as a page can be. */
export async function listFromMongo(bench: Bench, { location }: Deployment): Promise<Row[]> {
  bench.say('List 1,000 revisions from MongoDB')
  await fillMongo(location, { services: 1, revisionsEach: LONG_LIST })
  await using waypost = await startWaypost(location)
  const path = `/services/bench/${serviceName(0)}/revisions?page_size=${LONG_LIST}`
  const list = async () => {
    const { revisions } = JSON.parse(await getText(waypost.origin, path)) as { revisions: unknown[] }
    if (revisions.length !== LONG_LIST) throw new Error(`the page has ${revisions.length} revisions`)
  }
  await medianTime(list, 1)
  const ours = (await medianTime(list, bench.seconds)) / 1000
  return [besideLimit({ name: 'List 1,000 revisions, replica set', unit: 'ms', ours }, { atMost: MAX_PAGE_MS })]
}

interface Case {
  readonly name: string
  readonly origin: string
  readonly paths: readonly string[]
  readonly finding: () => Promise<unknown>
}

async function measureOne(bench: Bench, { name, origin, paths, finding }: Case): Promise<Row[]> {
  let sent = 0
  const getOne = () => getText(origin, paths[sent++ % paths.length] ?? '')
  const comparison = await compare(bench, {
    ours: (seconds) => medianTime(getOne, seconds),
    reference: (seconds) => medianTime(finding, seconds),
  })
  const against = "the driver's findOne, majority"
  return [{ name: `Get ${name}, replica set, median time`, unit: 'µs', against, target: { atMost: 2 }, ...comparison }]
}

async function measureMany(bench: Bench, { name, origin, paths, finding }: Case): Promise<Row[]> {
  const [first = '', ...rest] = paths
  const request = { version: 'HTTP/1.1', method: 'GET', paths: [first, ...rest], headers: {} } as const
  const { folder } = bench
  const comparison = await compare(bench, {
    ours: async (seconds) =>
      (await loadTool('HTTP/1.1')?.run({ origin, request, seconds, folder, connections: IN_FLIGHT })) ?? 0,
    reference: (seconds) => rateOf(finding, seconds),
  })
  const against = `the driver's findOne, ${IN_FLIGHT} in flight`
  const target = { atLeast: 0.7 }
  return [
    { name: `Get ${name}, replica set, ${IN_FLIGHT} in flight`, unit: 'a second', against, target, ...comparison },
  ]
}

/** Finds the newest entry of a random service by its index. */
function finder(client: MongoClient): () => Promise<unknown> {
  const entries = client.db().collection('entries', { readConcern: { level: 'majority' } })
  return async () => {
    const service = `bench/${serviceName(Math.floor(Math.random() * SHAPE.services))}`
    const found = await entries.findOne({ service }, { sort: { generation: -1 } })
    if (found?.generation !== SHAPE.revisionsEach) throw new Error(`the newest entry is ${found?.generation}`)
  }
}

/** The median time of calls one after another, in microseconds. */
async function medianTime(call: () => Promise<unknown>, seconds: number): Promise<number> {
  const times: number[] = []
  const start = performance.now()
  while (performance.now() - start < seconds * 1000) {
    const before = performance.now()
    await call()
    times.push((performance.now() - before) * 1000)
  }
  return median(times)
}

async function rateOf(call: () => Promise<unknown>, seconds: number): Promise<number> {
  let count = 0
  const start = performance.now()
  const client = async () => {
    for (; performance.now() - start < seconds * 1000; count++) await call()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, client))
  return count / ((performance.now() - start) / 1000)
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

function getText(origin: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const received = get(origin + path, { agent }, (response) => {
      if (response.statusCode === 200) text(response).then(resolve, reject)
      else reject(new Error(`${path} answered ${response.statusCode}`))
    })
    received.once('error', reject)
  })
}
