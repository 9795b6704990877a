import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import type { MongoClient } from 'mongodb'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { openMongoStore } from '../../src/store/mongodb/mongodb-store.ts'
import { theDefault } from '../../src/store/store.ts'
import { type Bench, besideLimit, compare, type Row } from '../bench.ts'
import { type Shape, serviceName, tagOf } from '../fill.ts'
import { loadTool } from '../load.ts'
import { medianTime } from '../median-time.ts'
import type { Request } from '../request.ts'
import { startWaypost } from '../servers.ts'
import { findWrk, measureWithWrk } from '../wrk.ts'
import { type Deployment, fillMongo } from './deployment.ts'

const SHAPE: Shape = { services: 100, revisionsEach: 10 }
const LONG_LIST = 1_000
const IN_FLIGHT = 64
const FIND_ONE = "the driver's findOne, majority"

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
    const measured = { name, origin: waypost.origin, paths, finding }
    rows.push(...(await measureOne(bench, measured)), ...(await measureMany(bench, measured)))
  }
  return [...rows, ...(await measureLookup(bench, location, finding))]
}

/** The same without HTTP, whose connection is one more hop between processes. */
async function measureLookup(bench: Bench, location: string, finding: Case['finding']): Promise<Row[]> {
  bench.say('A lookup of MongoDB in this process')
  const store = await openMongoStore(location)
  let read = 0
  const lookup = async () => {
    const found = await store.lookup(parseServiceId('bench', serviceName(read++ % SHAPE.services)), theDefault)
    if (!found?.revision) throw new Error('a default is missing')
  }
  const comparison = await compare(bench, {
    ours: (seconds) => medianTime(lookup, seconds),
    reference: (seconds) => medianTime(finding, seconds),
  })
  await store.close()
  const name = 'A lookup of the default in the process, replica set, median time'
  return [{ name, unit: 'µs', against: FIND_ONE, ...comparison }]
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
  return [besideLimit({ name: 'List 1,000 revisions, replica set', unit: 'ms', ours })]
}

interface Case {
  readonly name: string
  readonly origin: string
  readonly paths: readonly string[]
  readonly finding: () => Promise<unknown>
}

async function measureOne(bench: Bench, { name, origin, paths, finding }: Case): Promise<Row[]> {
  if (findWrk() === undefined)
    return [{ name: `Get ${name}, replica set, median time`, skipped: 'skipped: wrk is missing' }]
  const { folder } = bench
  const load = { origin, request: toRequest(paths), folder, connections: 1 }
  const comparison = await compare(bench, {
    ours: async (seconds) => (await measureWithWrk({ ...load, seconds })).p50Ms * 1000,
    reference: (seconds) => medianTime(finding, seconds),
  })
  return [{ name: `Get ${name}, replica set, median time`, unit: 'µs', against: FIND_ONE, ...comparison }]
}

async function measureMany(bench: Bench, { name, origin, paths, finding }: Case): Promise<Row[]> {
  const { folder } = bench
  const request = toRequest(paths)
  const comparison = await compare(bench, {
    ours: async (seconds) =>
      (await loadTool('HTTP/1.1')?.run({ origin, request, seconds, folder, connections: IN_FLIGHT })) ?? 0,
    reference: (seconds) => rateOf(finding, seconds),
  })
  const against = `the driver's findOne, ${IN_FLIGHT} in flight`
  return [{ name: `Get ${name}, replica set, ${IN_FLIGHT} in flight`, unit: 'a second', against, ...comparison }]
}

function toRequest([first = '', ...rest]: readonly string[]): Request {
  return { version: 'HTTP/1.1', method: 'GET', paths: [first, ...rest], headers: {} }
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
