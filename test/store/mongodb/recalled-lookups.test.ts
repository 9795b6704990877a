import { type Document, MongoClient } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { parseAliasName } from '../../../src/domain/alias.ts'
import { active, deleted } from '../../../src/domain/lifecycle.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import { MongoConnection } from '../../../src/store/mongodb/connection.ts'
import { MongoReader } from '../../../src/store/mongodb/reads/mongodb-reader.ts'
import { type RevisionSelector, type Store, theDefault } from '../../../src/store/store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { useStores } from './open-stores.ts'

const info = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: [] }] }
const byTag = (tag: string): RevisionSelector => ({ by: 'tag', tag: tag as RevisionTag })
const byAlias = (alias: string): RevisionSelector => ({ by: 'alias', alias: parseAliasName(alias) })
const selectors = [theDefault, ...['1.0.0', '1.1.0', '9.9.9'].map(byTag), ...['fixed', 'moving', 'none'].map(byAlias)]
const deprecated = (message: string) => ({ ...active, deprecation: { message, replacement: null } })

const changes: readonly (readonly [string, (log: Log) => Log])[] = [
  ['a first registration', (log) => log.register('1.0.0', { info })],
  ['no change', (log) => log],
  ['a registration that becomes the default', (log) => log.register('1.1.0')],
  ['an alias', (log) => log.setAlias('fixed', '1.0.0')],
  ['an alias that follows a range', (log) => log.setAlias('moving')],
  ['a registration that is not the default', (log) => log.register('0.1.0', { becomesDefault: false })],
  ['a registration that an alias follows', (log) => log.register('1.2.0')],
  ['a change of a revision without its endpoints', (log) => log.change('1.0.0', deprecated('a'))],
  ['a change of another revision', (log) => log.change('1.1.0', deprecated('b'))],
  ['a yank that moves an alias', (log) => log.yankAndMove('1.2.0', 'moving', '1.1.0')],
  ['a cleared default', (log) => log.clearDefault()],
  ['a default again', (log) => log.register('1.3.0')],
  ['a deleted alias', (log) => log.deleteAlias('fixed')],
  ['a deleted revision', (log) => log.change('1.1.0', deleted)],
  ['a rollout', (log) => log.setRollout('1.0.0', '1.2.0')],
  ['a change of a candidate', (log) => log.change('1.0.0', deprecated('c'))],
  ['a registration while a rollout runs', (log) => log.register('0.3.0', { becomesDefault: false })],
  ['a rollout of another candidate', (log) => log.setRollout('0.3.0')],
  ['the end of a rollout', (log) => log.endRollout()],
  ['a registration of a tag that was unknown', (log) => log.register('9.9.9')],
  [
    'very many registrations',
    (log) => {
      for (let index = 0; index < 40; index++) log.register(`0.2.${index}`, { becomesDefault: false })
      return log
    },
  ],
]

describe.skipIf(mongoSkipReason)('a lookup that is repeated', () => {
  const { mongo, open } = useStores(mongoStorage)
  const read = (store: Pick<Store, 'lookup'>) =>
    Promise.all(selectors.map((selector) => store.lookup(service, selector).catch((error: unknown) => error)))

  test('a lookup that is repeated after any change answers as a store that has just been opened', async () => {
    const store = await open()
    let log = new Log()
    for (const [name, change] of changes) {
      const before = log.entries.length
      log = change(log)
      if (log.entries.length > before) await store.appendAll(log.entries.slice(before))
      const fresh = await open()
      expect(await read(store), name).toEqual(await read(fresh))
      expect(await read(store), `${name}, again`).toEqual(await read(fresh))
    }
  })

  test('a lookup that is repeated takes one command, even after a few changes', async () => {
    const store = await open()
    const log = new Log().register('1.0.0', { info }).change('1.0.0', deprecated('a')).setAlias('fixed', '1.0.0')
    for (let index = 0; index < 30; index++) log.register(`0.1.${index}`, { becomesDefault: false })
    await store.appendAll(log.entries)
    const connection = await MongoConnection.open(mongo().storage.location, { monitorCommands: true })
    const reader = new MongoReader(connection)
    const commands: unknown[] = []
    connection.db.client.on('commandStarted', ({ command }) => commands.push(command.pipeline))
    for (const selector of [theDefault, byTag('1.0.0'), byAlias('fixed')]) {
      await reader.lookup(service, selector)
      log.register(`0.2.${commands.length}`, { becomesDefault: false })
      await store.append(log.next)
      commands.length = 0
      expect(await reader.lookup(service, selector)).toMatchObject({
        revision: { info },
        generation: log.entries.length,
      })
      expect(commands).toHaveLength(1)
      expect(JSON.stringify(commands)).not.toContain('$lookup')
    }
    await connection.close()
  })

  test('a lookup of the default takes a second command for all candidates of a rollout, and one if it is repeated', async () => {
    const store = await open()
    const log = new Log().register('1.0.0', { info })
    const tags = Array.from({ length: 8 }, (_, index) => `2.${index}.0`)
    for (const tag of tags) log.register(tag, { info, becomesDefault: false }).change(tag, deprecated(tag))
    await store.appendAll(log.entries)
    const connection = await MongoConnection.open(mongo().storage.location, { monitorCommands: true })
    let commands = 0
    connection.db.client.on('commandStarted', () => commands++)
    const lookUp = async (reader: MongoReader) => {
      commands = 0
      const answer = await reader.lookup(service, theDefault)
      return { answer, commands }
    }
    expect(await lookUp(new MongoReader(connection))).toMatchObject({ answer: { candidates: [] }, commands: 1 })
    await store.append(log.setRollout(...tags).next)
    const reader = new MongoReader(connection)
    const expected = (unchanged: readonly string[]) => ({
      revision: { revisionTag: '1.0.0', info },
      candidates: tags.map((revisionTag) => {
        return { revisionTag, info, lifecycle: unchanged.includes(revisionTag) ? deprecated(revisionTag) : active }
      }),
    })
    expect(await lookUp(reader)).toMatchObject({ answer: expected(tags), commands: 2 })
    await store.append(log.change('2.3.0', active).next)
    const changed = expected(tags.filter((tag) => tag !== '2.3.0'))
    expect(await lookUp(reader)).toMatchObject({ answer: { ...changed, generation: 19 }, commands: 1 })
    for (let time = 0; time < 3; time++) expect(await lookUp(reader)).toMatchObject({ answer: changed, commands: 1 })
    await connection.close()
  })

  test('a lookup that is repeated often reads only the id of the newest entry, until the service changes', async () => {
    const store = await open()
    const log = new Log().register('1.0.0', { info }).setAlias('fixed', '1.0.0')
    for (let index = 0; index < 30; index++) log.register(`0.1.${index}`, { becomesDefault: false })
    await store.appendAll(log.entries)
    const connection = await MongoConnection.open(mongo().storage.location, { monitorCommands: true })
    const reader = new MongoReader(connection)
    const commands: Document[] = []
    const replies: string[] = []
    connection.db.client.on('commandStarted', ({ command }) => commands.push(command))
    connection.db.client.on('commandSucceeded', ({ reply }) => replies.push(JSON.stringify(reply)))
    const answers = [theDefault, byTag('1.0.0'), byAlias('fixed')]
    const readAll = () => Promise.all(answers.map((selector) => reader.lookup(service, selector)))
    for (let time = 0; time < 3; time++) await readAll()
    commands.length = replies.length = 0
    expect(await readAll()).toMatchObject(answers.map(() => ({ generation: 32, revision: { info } })))
    expect(commands).toMatchObject([{ find: 'entries', projection: { _id: 1 } }])
    expect(replies.join('')).not.toContain('1.0.0')
    log.register('1.1.0')
    await store.append(log.next)
    expect(await readAll()).toMatchObject(
      ['1.1.0', '1.0.0', '1.0.0'].map((revisionTag) => ({ revision: { revisionTag } })),
    )
    await connection.close()
  })

  test('a lookup that is repeated often answers from another database that was put in the place of the first one', async () => {
    const store = await open()
    await store.appendAll(new Log().register('1.0.0').entries)
    for (let time = 0; time < 4; time++) await store.lookup(service, theDefault)
    const client = await MongoClient.connect(mongo().storage.location)
    await client.db().collection('entries').deleteMany({})
    await client.close()
    expect(await store.lookup(service, theDefault)).toBeNull()
    await store.appendAll(new Log().register('2.0.0').entries)
    expect(await store.lookup(service, theDefault)).toMatchObject({ generation: 1, revision: { revisionTag: '2.0.0' } })
  })

  test('a lookup that is repeated after the database was replaced by another one answers from the new one', async () => {
    const store = await open()
    await store.appendAll(new Log().register('1.0.0').register('1.1.0').entries)
    expect(await store.lookup(service, theDefault)).toMatchObject({ revision: { revisionTag: '1.1.0' } })
    const client = await MongoClient.connect(mongo().storage.location)
    await client.db().collection('entries').deleteMany({})
    await client.close()
    await store.appendAll(
      new Log().register('1.1.0').register('2.0.0').register('1.1.1', { becomesDefault: false }).entries,
    )
    expect(await store.lookup(service, theDefault)).toMatchObject({ revision: { revisionTag: '2.0.0' }, generation: 3 })
    expect(await store.lookup(service, byTag('1.0.0'))).toMatchObject({ revision: null })
  })
})
