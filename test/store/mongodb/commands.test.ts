import { type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAliasName } from '../../../src/domain/alias.ts'
import { active } from '../../../src/domain/lifecycle.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { MongoConnection } from '../../../src/store/mongodb/connection.ts'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { MongoReader } from '../../../src/store/mongodb/reads/mongodb-reader.ts'
import { type LookupResult, type RevisionSelector, theDefault } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import type { Storage } from '../../support/storage.ts'

const REVISIONS = 200
const OTHERS = 60
const info = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: [] }] }
const byTag = (tag: string): RevisionSelector => ({ by: 'tag', tag: tag as RevisionTag })
const byAlias = (alias: string): RevisionSelector => ({ by: 'alias', alias: parseAliasName(alias) })
const { service: unknown } = parseServiceReference('my-org/unknown')
const other = (index: number) => parseServiceReference(`ns-${index % 6}/service-${index}`).service

/** A service whose newest entry has neither its aliases nor its default nor the endpoints of the default. */
function scattered(): Log {
  const log = new Log().register('1.0.0', { info })
  log.change('1.0.0', { ...active, deprecation: { message: '', replacement: null } }).setAlias('beta', '1.0.0')
  for (let index = 0; index < REVISIONS - 1; index++) log.register(`0.${index}.0`, { becomesDefault: false })
  return log.request('request-1')
}

interface Command {
  readonly docsExamined: number
  readonly planSummary: string
}

/** The conditions of all places of a pipeline that look into the collection. */
function conditionsOf(pipeline: readonly Document[]): Document[] {
  const [first] = pipeline
  const inner = pipeline.flatMap(({ $lookup, $unionWith, $graphLookup }) => [
    ...conditionsOf($lookup?.pipeline ?? []),
    ...conditionsOf($unionWith?.pipeline ?? []),
    ...($graphLookup === undefined ? [] : [$graphLookup.restrictSearchWithMatch]),
  ])
  return first === undefined ? [] : [first.$match, ...inner]
}

describe.skipIf(mongoSkipReason)('the commands that the MongoDB store sends', () => {
  let storage: Storage
  let connection: MongoConnection
  let reader: MongoReader
  let admin: MongoClient

  beforeAll(async () => {
    storage = await mongoStorage()
    const store = await openMongoStore(storage.location)
    await store.appendAll(scattered().entries)
    for (let index = 0; index < OTHERS; index++) {
      const log = new Log([], other(index)).register('1.0.0').register('0.1.0', { becomesDefault: false })
      await store.appendAll(log.entries)
    }
    await store.close()
    connection = await MongoConnection.open(storage.location, { monitorCommands: true })
    reader = new MongoReader(connection)
    admin = await MongoClient.connect(storage.location)
  })
  afterAll(async () => {
    await connection.close()
    await admin.close()
    await storage.remove()
  })

  async function append(log: Log): Promise<void> {
    const store = await openMongoStore(storage.location)
    await store.appendAll(log.entries)
    await store.close()
  }

  /** The names of the commands that a read sends, and the commands as the server has profiled them. */
  async function watch(read: () => Promise<unknown>) {
    const names: string[] = []
    const sent: Document[] = []
    const note = ({ commandName, command }: { commandName: string; command: Document }) => {
      names.push(commandName)
      sent.push(command)
    }
    const { client } = connection.db
    client.on('commandStarted', note)
    await admin.db().command({ profile: 2 })
    const answer = await read()
    await admin.db().command({ profile: 0 })
    client.off('commandStarted', note)
    const profile = admin.db().collection<Command & { ns: string; op: string }>('system.profile')
    const ns = `${admin.db().databaseName}.entries`
    const commands = await profile.find({ ns, op: { $in: ['query', 'command', 'getmore'] } }).toArray()
    await profile.drop()
    return { names, sent, answer, commands }
  }

  /** The most documents that a read may look at: those that it returns, and a few. */
  const reads = [
    ['a lookup of the default', 4, () => reader.lookup(service, theDefault)],
    ['a lookup of a default that is the newest entry', 2, () => reader.lookup(other(0), theDefault)],
    ['a lookup of a tag', 4, () => reader.lookup(service, byTag('1.0.0'))],
    ['a lookup of an unknown tag', 1, () => reader.lookup(service, byTag('9.9.9'))],
    ['a lookup of an alias', 4, () => reader.lookup(service, byAlias('beta'))],
    ['a lookup of an unknown alias', 2, () => reader.lookup(service, byAlias('unknown'))],
    ['a lookup for a change', 6, () => reader.lookupForChange(service, byTag('1.0.0'))],
    ['a lookup of a default for a change', 6, () => reader.lookupForChange(service, theDefault)],
    ['a lookup at a generation', 6, () => reader.lookupForChange(service, byTag('0.1.0'), 100)],
    ['a read of the head', 2, () => reader.head(service)],
    ['a search for a request', 4, () => reader.request(service, 'request-1')],
    ['a search for an unknown request', 0, () => reader.request(service, 'unknown')],
    ['the first page of a range', 3, () => reader.revisions(service, { order: 'version', limit: 1 })],
    // Only one of them has an entry after that of its registration. The profiler does not count the registrations, which the
    // server joins to the first entry.
    ['a page of revisions', 3, () => reader.revisions(service, { order: 'version', limit: 1_000 })],
    // The page is read twice: for its entries, and for the earlier entries that these name.
    ['a page of the log', 205, () => reader.log(service, { after: 50, limit: 100 })],
    // 50 entries, the one before them, and the newest one.
    ['a page of changes', 52, () => reader.changes(service, { before: 150, limit: 50 })],
    ['a page of changes that names earlier entries', 14, () => reader.changes(service, { before: 5, limit: 50 })],
    ['a page of changes of a tag', 12, () => reader.changes(service, { tag: '1.0.0' as RevisionTag, limit: 50 })],
    ['a page of changes of an unknown tag', 1, () => reader.changes(service, { tag: '9.9' as RevisionTag, limit: 50 })],
    ['a page of changes of an unknown service', 0, () => reader.changes(unknown, { limit: 50 })],
    ['a lookup of the default at a generation', 4, () => reader.lookup(service, theDefault, 100)],
    ['a read of the head at a generation', 2, () => reader.head(service, 100)],
    // Each service has a newest entry, and that of its default.
    ['a list of services', 2 * OTHERS, () => reader.services({ prefix: 'ns-', limit: 1_000 })],
    ['a list of namespaces', 0, () => reader.namespaces({ limit: 1_000 })],
  ] as const

  test.for(reads)('%s takes one command, which looks at most at %i documents, by an index', async ([, most, read]) => {
    const { names, commands } = await watch(read)
    expect(names).toEqual(['aggregate'])
    expect(commands).toHaveLength(1)
    for (const { docsExamined, planSummary } of commands) {
      expect(docsExamined).toBeLessThanOrEqual(most)
      expect(planSummary).not.toMatch(/COLLSCAN/)
    }
  })

  test.for(reads)('%s names the service, or a range of services, wherever it looks', async ([, , read]) => {
    const { sent } = await watch(read)
    const conditions = sent.flatMap(({ pipeline, filter }) => conditionsOf(pipeline ?? [{ $match: filter }]))
    expect(conditions.length).toBeGreaterThan(0)
    for (const condition of conditions)
      expect(JSON.stringify(condition)).toMatch(/"service":"|"service":\{|"\$service"/)
  })

  test('a search by time takes few commands, and each of them uses the unique key', async () => {
    const { time } = scattered().next
    const found = await watch(() => reader.generationAt(service, time))
    expect(found.answer).toBe(REVISIONS + 3)
    expect(found.names).toEqual(['find', 'find', 'find', 'find'])
    for (const { docsExamined, planSummary } of found.commands) {
      expect(docsExamined).toBeLessThanOrEqual(16)
      expect(planSummary).toBe('IXSCAN { service: 1, generation: 1 }')
    }
    for (const { filter } of found.sent) expect(filter).toMatchObject({ service: 'my-org/my-service' })
  })

  test('lookups of one turn of several services share commands, of at most 32 services each', async () => {
    const services = Array.from({ length: OTHERS }, (_, index) => other(index))
    const { names, answer, commands } = await watch(() =>
      Promise.all(services.flatMap((each) => [reader.lookup(each, theDefault), reader.lookup(each, byTag('0.1.0'))])),
    )
    expect(names).toEqual(['aggregate', 'aggregate'])
    for (const { docsExamined } of commands) expect(docsExamined).toBeLessThanOrEqual(4 * 32)
    const tags = services.flatMap(() => ['1.0.0', '0.1.0'])
    expect(answer).toMatchObject(tags.map((revisionTag) => ({ revision: { revisionTag } })))
  })

  test('lookups of one turn of the default at many generations share a command, which looks for each of them once', async () => {
    const generations = Array.from({ length: 40 }, (_, index) => 2 * index + 10)
    const { sent, answer, commands } = await watch(() =>
      Promise.all(generations.map((generation) => reader.lookup(service, theDefault, generation))),
    )
    expect(sent).toHaveLength(1)
    expect(JSON.stringify(sent)).not.toContain('$unionWith')
    expect(commands[0]?.docsExamined).toBeLessThanOrEqual(4 * generations.length)
    expect(answer).toMatchObject(generations.map((generation) => ({ generation, revision: { revisionTag: '1.0.0' } })))
  })

  test('lookups of one turn of very many services use at most a share of the connections at once', async () => {
    const services = Array.from({ length: 1_000 }, (_, index) => parseServiceReference(`none/service-${index}`).service)
    const { client } = connection.db
    let [running, most] = [0, 0]
    const begin = () => {
      running++
      most = Math.max(most, running)
    }
    const end = () => running--
    client.on('commandStarted', begin).on('commandSucceeded', end)
    const found = await Promise.all(services.map((each) => reader.lookup(each, theDefault)))
    client.off('commandStarted', begin).off('commandSucceeded', end)
    expect(found).toEqual(services.map(() => null))
    // On a busy machine, some are over before the last of them begin.
    expect(most).toBeLessThanOrEqual(8)
    expect(most).toBeGreaterThan(1)
  })

  test('a list of services takes a second command if the information about a default is in an earlier entry', async () => {
    const { names, answer } = await watch(() => reader.services({ prefix: 'my-org/', limit: 1_000 }))
    expect(names).toEqual(['aggregate', 'find'])
    expect(answer).toMatchObject({ services: [{ service, revision: { info } }] })
  })

  test('lookups of one turn of many tags of one service share a command, which looks at each tag once', async () => {
    const tags = Array.from({ length: 2_000 }, (_, index) => `0.${index}.0`)
    const { names, answer, commands } = await watch(() =>
      Promise.all(tags.map((tag) => reader.lookupForChange(service, byTag(tag)))),
    )
    expect(names).toEqual(['aggregate'])
    expect(commands[0]?.docsExamined).toBeLessThanOrEqual(REVISIONS + 3)
    const found = answer as Awaited<ReturnType<MongoReader['lookupForChange']>>[]
    expect(found.filter((each) => each?.revision)).toHaveLength(REVISIONS - 1)
  })

  test('lookups of one turn of very many tags, aliases and requests of one service are answered', async () => {
    const count = 1_200
    const fresh = new MongoReader(connection)
    const all = <T>(read: (index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, index) => read(index)))
    const tags = () => all((index) => fresh.lookup(service, byTag(`0.${index}.0`)))
    const first = await tags()
    // MongoDB takes pipelines of up to 1,000 stages, and each of these could be one.
    expect(await tags()).toEqual(first)
    expect(first.filter((each) => each?.revision)).toHaveLength(REVISIONS - 1)
    expect(await all((index) => fresh.request(service, `unknown-${index}`))).toEqual(Array(count).fill(null))
    const aliases = await all((index) => fresh.lookup(service, byAlias(index === 0 ? 'beta' : `unknown-${index}`)))
    expect(aliases.filter((each) => each?.revision)).toHaveLength(1)
  })

  test('lookups of one turn that are repeated share a command, which looks at each newer entry once', async () => {
    const growing = parseServiceReference('ns-growing/service').service
    const log = new Log([], growing)
    const tags = Array.from({ length: 40 }, (_, index) => `0.${index}.0`)
    for (const tag of tags) log.register(tag, { info })
    for (const tag of tags) log.change(tag, { ...active, deprecation: { message: '', replacement: null } })
    await append(log)
    const fresh = new MongoReader(connection)
    const lookups = () => Promise.all(tags.map((tag) => fresh.lookup(growing, byTag(tag))))
    await lookups()
    for (let index = 0; index < 10; index++) log.register(`1.${index}.0`)
    await append(log)
    const { names, answer, commands } = await watch(lookups)
    expect(names).toEqual(['aggregate'])
    // Each tag has its newest entry, and the one with the endpoints.
    expect(commands[0]?.docsExamined).toBeLessThanOrEqual(2 * tags.length + 10 + 10)
    expect(answer).toMatchObject(tags.map((revisionTag) => ({ generation: 90, revision: { revisionTag, info } })))
  })

  test('a lookup of an alias takes one command, even if it has moved since the entry with the list of aliases', async () => {
    const moving = parseServiceReference('ns-moving/service').service
    const log = new Log([], moving).register('1.0.0').setAlias('a', '1.0.0').setAlias('b').setAlias('c', '1.0.0')
    await append(log.register('1.1.0').register('0.1.0', { becomesDefault: false }))
    const found = async (alias: string) => {
      const { names, answer } = await watch(() => reader.lookup(moving, byAlias(alias)))
      expect(names).toEqual(['aggregate'])
      return (answer as LookupResult | null)?.revision?.revisionTag
    }
    expect([await found('a'), await found('b'), await found('c')]).toEqual(['1.0.0', '1.1.0', '1.0.0'])
  })

  test('entries without the tags for one command, which an older version wrote, take one command more', async () => {
    const old = parseServiceReference('ns-old/service').service
    await append(
      new Log([], old).register('1.0.0').setAlias('beta', '1.0.0').register('0.1.0', { becomesDefault: false }),
    )
    await admin
      .db()
      .collection('entries')
      .updateMany({ service: 'ns-old/service' }, { $unset: { points: 1 } })
    for (const selector of [theDefault, byAlias('beta')]) {
      const { names, answer } = await watch(() => reader.lookup(old, selector))
      expect(names).toEqual(['aggregate', 'aggregate'])
      expect(answer).toMatchObject({ generation: 3, revision: { revisionTag: '1.0.0' } })
    }
    expect((await reader.services({ prefix: 'ns-old/', limit: 10 })).services).toMatchObject([
      { revision: { revisionTag: '1.0.0' } },
    ])
  })

  test('a tag that has changed often is looked up by its newest entry alone, even among other tags', async () => {
    const often = parseServiceReference('ns-often/service').service
    const log = new Log([], often).register('1.0.0').register('1.1.0')
    for (let index = 0; index < 50; index++)
      log.change('1.0.0', { ...active, deprecation: { message: `${index}`, replacement: null } })
    await append(log)
    const { answer, commands } = await watch(() =>
      Promise.all(['1.0.0', '1.1.0'].map((tag) => reader.lookup(often, byTag(tag)))),
    )
    expect(answer).toMatchObject([{ revision: { lifecycle: { deprecation: { message: '49' } } } }, {}])
    expect(commands[0]?.docsExamined).toBeLessThanOrEqual(3)
  })
})
