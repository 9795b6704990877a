import { parseRevisionTag, type RevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { MongoConnection } from '../../src/store/mongodb/connection.ts'
import { MongoReader } from '../../src/store/mongodb/reads/mongodb-reader.ts'
import { type LookupResult, theDefault } from '../../src/store/store.ts'
import { type Bench, besideLimit, compare, type Row } from '../bench.ts'
import { serviceName, tagOf } from '../fill.ts'
import { medianTime } from '../median-time.ts'
import { fillMongo, startDeployment } from '../mongodb/deployment.ts'
import { anyGeneration, CHANGES, millionChanges, PAGE_SIZE, timeAfter } from './million-changes.ts'

const SERVICE = parseServiceId('bench', serviceName(0))
const SEARCHES = 1_000

/** The same on MongoDB, without a server. Page after page, it would take minutes to get to the oldest changes. */
export async function historyOnMongo(bench: Bench): Promise<Row[]> {
  const deployment = await startDeployment('single server')
  if ('unavailable' in deployment) return [{ name: 'History, MongoDB', skipped: deployment.unavailable }]
  await using running = deployment
  const { location } = running
  bench.say('Filling MongoDB: one service with 1,000,000 changes')
  const shape = millionChanges()
  await fillMongo(location, shape)
  const connection = await MongoConnection.open(location)
  const reader = new MongoReader(connection)
  const rows = [await comparePages(bench, reader), await compareLookups(bench, reader)]
  await connection.close()
  return [...rows, await countCommands(location, shape.since)]
}

async function comparePages(bench: Bench, reader: MongoReader): Promise<Row> {
  const name = 'List 100 of 1,000,000 changes, at the end, MongoDB'
  bench.say(name)
  const reading = (before: number) => async () => {
    const page = await reader.changes(SERVICE, { before, limit: PAGE_SIZE })
    if (page?.[0]?.entry.generation !== before - 1 || page.length !== PAGE_SIZE) throw new Error('the page is wrong')
  }
  const comparison = await compare(bench, {
    reference: (seconds) => medianTime(reading(CHANGES + 1), seconds),
    ours: (seconds) => medianTime(reading(PAGE_SIZE + 1), seconds),
  })
  return { name, unit: 'µs', against: 'at the start', ...comparison }
}

async function compareLookups(bench: Bench, reader: MongoReader): Promise<Row> {
  const name = 'A lookup at a generation, 1,000,000 changes, MongoDB, median time'
  bench.say(name)
  const require = (tag: RevisionTag, found: LookupResult | null) => {
    if (found?.revision?.revisionTag !== tag) throw new Error(`${tag} is missing`)
  }
  const comparison = await compare(bench, {
    reference: (seconds) =>
      medianTime(async () => {
        const tag = parseRevisionTag(tagOf(anyGeneration() - 1))
        require(tag, await reader.lookup(SERVICE, { by: 'tag', tag }))
      }, seconds),
    ours: (seconds) =>
      medianTime(async () => {
        const generation = anyGeneration()
        const tag = parseRevisionTag(tagOf(generation - 1))
        require(tag, await reader.lookup(SERVICE, theDefault, generation))
      }, seconds),
  })
  return { name, unit: 'µs', against: 'a revision by its tag', ...comparison }
}

/** The most commands that a lookup at any time takes: those of the search by time, and those of the lookup. */
async function countCommands(location: string, since: number): Promise<Row> {
  const connection = await MongoConnection.open(location, { monitorCommands: true })
  const reader = new MongoReader(connection)
  let [commands, most] = [0, 0]
  connection.db.client.on('commandStarted', () => commands++)
  for (let index = 0; index < SEARCHES; index++) {
    commands = 0
    const generation = anyGeneration()
    const found = await reader.generationAt(SERVICE, timeAfter(since, generation))
    const lookup = await reader.lookup(SERVICE, theDefault, found ?? 0)
    if (lookup?.revision?.revisionTag !== tagOf(generation - 1)) throw new Error(`found ${lookup?.generation}`)
    most = Math.max(most, commands)
  }
  await connection.close()
  const name = 'The most commands of a Get at a time, 1,000,000 changes, MongoDB'
  return besideLimit({ name, unit: 'commands', ours: most })
}
