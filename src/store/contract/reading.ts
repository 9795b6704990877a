import assert from 'node:assert/strict'
import { parseAliasName } from '../../domain/alias.ts'
import { active, deleted } from '../../domain/lifecycle.ts'
import { type Entry, snapshotAfter } from '../../domain/log.ts'
import { noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatServiceId, type Namespace, parseServiceReference, type ServiceId } from '../../domain/sruid.ts'
import { versionKey } from '../../domain/versions/version-key.ts'
import { type RevisionScan, type ServicePage, type Store, theDefault } from '../store.ts'
import { Log } from './log.ts'
import {
  answerAfter,
  type ContractCase,
  closeAll,
  isUnavailable,
  type Keeps,
  keepsAll,
  service,
  withoutAliases,
  withoutRegistration,
  withStore,
} from './support.ts'

/** The promises about appending several entries, aliases, pages of revisions, requests, services and namespaces. */
export const readingContract: readonly ContractCase[] = [
  {
    name: 'entries that are appended together are stored in their order',
    run: withStore(async (store, keeps) => {
      const { entries, stored } = new Log([], service, { keeps }).register('1.0.0').register('1.1.0').register('1.2.0')
      assert.equal(await store.appendAll(entries), 3)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), stored)
    }),
  },
  {
    name: 'of entries that are appended together none is stored after the first whose generation is taken',
    run: withStore(async (store, keeps) => {
      const { entries, stored } = new Log([], service, { keeps }).register('1.0.0').register('1.1.0').register('1.2.0')
      const theirs = new Log(stored.slice(0, 1), service, { keeps }).register('9.0.0')
      assert.equal(await store.appendAll([entries[0] as Entry, theirs.next]), 2)
      assert.equal(await store.appendAll(entries), 1)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), theirs.stored)
    }),
  },
  {
    name: 'entries that are appended together again are stored once, and all of them count',
    run: withStore(async (store, keeps) => {
      const { entries, stored } = new Log([], service, { keeps }).register('1.0.0').register('1.1.0').register('1.2.0')
      assert.equal(await store.appendAll(entries.slice(0, 2)), 2)
      assert.equal(await store.appendAll(entries), 3)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), stored)
    }),
  },
  {
    name: 'while the storage refuses writes appending entries together rejects as unavailable',
    run: async ({ open, interrupt, keeps = keepsAll }) => {
      const store = await open()
      const { entries } = new Log([], service, { keeps }).register('1.0.0').register('1.1.0')
      const restore = await interrupt()
      await assert.rejects(store.appendAll(entries), isUnavailable)
      await restore()
      assert.equal(await store.appendAll(entries), 2)
      await store.close()
    },
  },
  {
    name: 'every kind of entry comes back as it was appended',
    run: withStore(async (store, keeps) => {
      const information: RevisionInfo = {
        ...noInfo,
        labels: [['example.com/tier', 'web']],
        endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: [['a.b', '$c']] }],
        description: 'Two\nlines, "quoted"',
        source: { repository: 'r', commit: 'c', imageDigest: 'sha256:0a' },
      }
      const { entries, stored } = new Log([], service, { keeps })
        .register('1.0.0', { info: information, registeredAt: 1_000, registeredBy: 'another', policy: 'a-policy' })
        .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: null } })
        .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: tag('2.0.0') }, yank: { reason: 'r' } })
        .change('1.0.0', { ...active, yank: { reason: '' } })
        .setAlias('beta')
        .request('request-1')
      for (const entry of entries) assert.equal(await store.append(entry), 'appended')
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), stored)
    }),
  },
  {
    name: 'a log in which an entry is missing cannot be read as if it were whole',
    run: withStore(async (store, keeps) => {
      const { entries, stored } = new Log([], service, { keeps }).register('1.0.0').register('1.1.0').register('1.2.0')
      const [first, , third] = entries
      for (const entry of [first, third] as Entry[]) assert.equal(await store.append(entry), 'appended')
      await assert.rejects(store.readLog(service, { after: 0, limit: 10 }), { reason: 'DAMAGED_ENTRY' })
      assert.deepEqual(await store.readLog(service, { after: 2, limit: 10 }), stored.slice(2))
    }),
  },
  {
    name: 'a lookup of an alias finds its revision, from the same generation as the head',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0')
        .register('1.1.0')
        .setAlias('beta', '1.0.0')
        .setAlias('none')
      await store.appendAll(log.entries)
      const found = await store.lookup(service, { by: 'alias', alias: parseAliasName('beta') })
      assert.deepEqual(found, answerAfter(log.newest, log.revision('1.0.0'), { alias: log.alias('beta') }))
      const pointsNowhere = await store.lookup(service, { by: 'alias', alias: parseAliasName('none') })
      assert.deepEqual(pointsNowhere, answerAfter(log.newest, null, { alias: log.alias('none') }))
      const unknown = await store.lookup(service, { by: 'alias', alias: parseAliasName('unknown') })
      assert.deepEqual(unknown, answerAfter(log.newest, null))
      assert.equal((await store.lookup(service, { by: 'tag', tag: tag('9.9.9') }))?.revision, null)
    }),
  },
  {
    name: 'the head of a service is that of its newest entry, and an unknown service has none',
    run: withStore(async (store, keeps) => {
      assert.equal(await store.readHead(service), null)
      const log = new Log([], service, { keeps }).register('1.0.0').register('1.1.0')
      await store.appendAll(log.entries)
      assert.deepEqual(await store.readHead(service), log.snapshot)
    }),
  },
  {
    name: 'a lookup of the tag of a deleted revision finds it as deleted',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps }).register('1.0.0').change('1.0.0', deleted)
      await store.appendAll(log.entries)
      assert.equal((await store.lookup(service, { by: 'tag', tag: tag('1.0.0') }))?.revision?.lifecycle.isDeleted, true)
    }),
  },
  {
    name: 'an unknown service has no page of revisions',
    run: withStore(async (store) => {
      assert.equal(await store.readRevisions(service, { order: 'version', limit: 10 }), null)
      assert.equal(await store.readRevisions(service, { order: 'registration', limit: 10 }), null)
    }),
  },
  {
    name: 'revisions are read with the latest registration first, by time and then by ordinal',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('2.0.0', { registeredAt: 2_000 })
        .register('1.0.0', { registeredAt: 3_000 })
        .register('main', { registeredAt: 1_000 })
        .register('3.0.0', { registeredAt: 2_000 })
      await store.appendAll(log.entries)
      assert.deepEqual(await tags(store, { order: 'registration', limit: 10 }), ['1.0.0', '3.0.0', '2.0.0', 'main'])
    }),
  },
  {
    name: 'revisions are read with the highest version first, and equal versions with the greater ordinal first',
    run: withStore(async (store, keeps) => {
      const log = registered(keeps, 'main', '1.9.0', 'v1.10.0', '1.10.0', '2.0.0-rc.1', '2.0.0-beta.2', 'Main', '0.1.0')
      await store.appendAll(log.entries)
      assert.deepEqual(await tags(store, { order: 'version', limit: 10 }), [
        ...['2.0.0-rc.1', '2.0.0-beta.2', '1.10.0', 'v1.10.0', '1.9.0', '0.1.0'],
        ...['main', 'Main'],
      ])
    }),
  },
  {
    name: 'versions are read from a key, below a key, and releases only',
    run: withStore(async (store, keeps) => {
      await store.appendAll(
        registered(keeps, '0.9.0', '1.0.0', '1.5.0-rc.1', '1.5.0', '2.0.0-beta.1', '2.0.0', 'main').entries,
      )
      const scan = { order: 'version', from: key('1.0.0'), to: key('2.0.0'), limit: 10 } as const
      assert.deepEqual(await tags(store, scan), ['2.0.0-beta.1', '1.5.0', '1.5.0-rc.1', '1.0.0'])
      assert.deepEqual(await tags(store, { ...scan, releasesOnly: true }), ['1.5.0', '1.0.0'])
      assert.deepEqual(await tags(store, { order: 'version', releasesOnly: true, limit: 2 }), ['2.0.0', '1.5.0'])
    }),
  },
  {
    name: 'a page has no more revisions than its limit, and names its last one unless it is the last page',
    run: withStore(async (store, keeps) => {
      const log = registered(keeps, '1.0.0', '1.1.0', '1.2.0')
      await store.appendAll(log.entries)
      for (const order of ['registration', 'version'] as const) {
        const page = await store.readRevisions(service, { order, limit: 2 })
        const revisions = [log.revision('1.2.0'), log.revision('1.1.0')].map(withoutRegistration)
        assert.deepEqual(page?.revisions, revisions)
        const { revisionTag, registeredAt, ordinal } = log.revision('1.1.0')
        assert.deepEqual(page?.last, { revisionTag, registeredAt, ordinal })
        assert.equal((await store.readRevisions(service, { order, limit: 4 }))?.last, null)
      }
    }),
  },
  {
    name: 'the head and the revisions of a page are as they were at the requested generation',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0')
        .register('1.1.0')
        .change('1.0.0', { ...active, yank: { reason: '' } })
      await store.appendAll(log.entries)
      const page = await store.readRevisions(service, { order: 'version', limit: 10, generation: 1 })
      const [first] = log.stored as [Entry]
      const { revision } = first
      assert.ok(revision)
      const { head, ...snapshot } = snapshotAfter(first)
      const then = { ...snapshot, head: withoutAliases(head), revisions: [withoutRegistration(revision)] }
      assert.deepEqual(page, { ...then, last: null, lookedAt: 1 })
      const newest = await store.readRevisions(service, { order: 'version', limit: 10 })
      assert.deepEqual(
        newest?.revisions.map(({ lifecycle }) => lifecycle.yank),
        [null, { reason: '' }],
      )
      assert.equal(newest?.generation, 3)
    }),
  },
  {
    name: 'deleted revisions are left out, and a revision that was registered again stands at its newer registration',
    run: withStore(async (store, keeps) => {
      const log = registered(keeps, '1.0.0', '1.1.0', '1.2.0')
      log.change('1.1.0', deleted).change('1.0.0', deleted).register('1.0.0')
      await store.appendAll(log.entries)
      assert.deepEqual(await tags(store, { order: 'registration', limit: 10 }), ['1.0.0', '1.2.0'])
      assert.deepEqual(await tags(store, { order: 'version', limit: 10 }), ['1.2.0', '1.0.0'])
    }),
  },
  {
    name: 'following the pages to their end finds every revision once, even if others write in the meantime',
    run: withStore(async (store, keeps) => {
      for (const order of ['registration', 'version'] as const) {
        const of = parseServiceReference(`my-org/paged-by-${order}`).service
        const log = new Log([], of, { keeps })
        for (let index = 0; index < 20; index++) log.register(`1.${index}.0`)
        await store.appendAll(log.entries)
        const met: string[] = []
        let scan: RevisionScan = { order, limit: 3 }
        for (let round = 0; ; round++) {
          const page = await store.readRevisions(of, scan)
          met.push(...(page?.revisions ?? []).map(({ revisionTag }) => revisionTag))
          if (!page?.last) break
          const { revisionTag, registeredAt, ordinal } = page.last
          scan =
            order === 'version'
              ? { order, limit: 3, after: { versionKey: versionKey(revisionTag), ordinal } }
              : { order, limit: 3, after: { registeredAt, ordinal } }
          log.register(`2.${round}.0`).register(`0.${round}.0`, { registeredAt: 1 })
          // The new revisions, one before and one after the page, do not exist from the first page to the last.
          log.change(`1.${round}.0`, { ...active, yank: { reason: '' } })
          await store.appendAll(log.entries.slice(-3))
        }
        const old = met.filter((text) => text.startsWith('1.'))
        assert.equal(old.length, 20, order)
        assert.equal(new Set(met).size, met.length, order)
      }
    }),
  },
  {
    name: 'the head and the revisions of a page are from the same generation while others write',
    run: async ({ open, keeps = keepsAll }) => {
      const [writer, reader] = await Promise.all([open(), open()])
      const log = new Log([], service, { keeps }).register('1.0.0')
      await writer.appendAll(log.entries)
      let isWriting = true
      const reading = (async () => {
        while (isWriting) {
          const page = await reader.readRevisions(service, { order: 'version', limit: 100 })
          assert.equal(page?.revisions.length, page?.head.revisionCount)
        }
      })()
      for (let index = 1; index < 60; index++) await writer.append(log.register(`1.${index}.0`).next)
      isWriting = false
      await reading
      await closeAll([writer, reader])
    },
  },
  {
    name: 'the first entry with a request id is found, but only in its own service',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0')
        .request('deploy-1')
        .request('deploy-2')
        .request('deploy-1')
      await store.appendAll(log.entries)
      assert.deepEqual(await store.findRequest(service, 'deploy-1'), log.stored[1])
      assert.deepEqual(await store.findRequest(service, 'deploy-2'), log.stored[2])
      assert.equal(await store.findRequest(service, 'deploy-3'), null)
      assert.equal(await store.findRequest(parseServiceReference('my-org/other').service, 'deploy-1'), null)
    }),
  },
  {
    name: 'services are read in the order of their text, by prefix, after a service, up to a limit, each as by lookup',
    run: withStore(async (store, keeps) => {
      const names = ['a/b', 'a-b/c', 'a/b-c', 'ab/c', 'a/bc', 'b/a']
      for (const name of names) {
        const of = parseServiceReference(name).service
        await store.appendAll(new Log([], of, { keeps }).register('1.0.0').register('0.9.0').entries)
      }
      const read = async (page: ServicePage) =>
        (await store.readServices(page)).services.map((found) => formatServiceId(found.service))
      const sorted = [...names].sort()
      assert.deepEqual(await read({ limit: 10 }), sorted)
      assert.deepEqual(await read({ prefix: 'a/', limit: 10 }), ['a/b', 'a/b-c', 'a/bc'])
      assert.deepEqual(await read({ prefix: 'a/b', limit: 2 }), ['a/b', 'a/b-c'])
      assert.deepEqual(await read({ prefix: 'a/b', after: 'a/b-c', limit: 10 }), ['a/bc'])
      assert.deepEqual(await read({ after: sorted[2], limit: 2 }), sorted.slice(3, 5))
      assert.deepEqual(await read({ prefix: 'c', limit: 10 }), [])
      const {
        services: [first],
      } = await store.readServices({ prefix: 'b/', limit: 1 })
      const { alias: _, candidates: __, ...found } = (await store.lookup(first?.service as ServiceId, theDefault)) ?? {}
      assert.deepEqual(first, { service: first?.service, ...found })
    }),
  },
  {
    name: 'namespaces are read once each, in the order of their text with a slash, after a namespace and up to a limit',
    run: withStore(async (store, keeps) => {
      for (const name of ['a/x', 'a/y', 'a-b/x', 'ab/x', 'b/x', 'b/y', 'a0/x']) {
        const of = parseServiceReference(name).service
        await store.appendAll(new Log([], of, { keeps }).register('1.0.0').entries)
      }
      const sorted = ['a', 'a-b', 'ab', 'b', 'a0'].sort((x, y) => (`${x}/` < `${y}/` ? -1 : 1))
      assert.deepEqual(await store.readNamespaces({ limit: 10 }), sorted)
      assert.deepEqual(await store.readNamespaces({ limit: 2 }), sorted.slice(0, 2))
      assert.deepEqual(await store.readNamespaces({ after: sorted[1] as string, limit: 2 }), sorted.slice(2, 4))
      assert.deepEqual(await store.readNamespaces({ after: sorted.at(-1) as string, limit: 2 }), [])
    }),
  },
  {
    name: 'the services of a namespace are counted up to a limit, each once, and also if their revisions were deleted',
    run: withStore(async (store, keeps) => {
      for (const name of ['a/x', 'a/y', 'a/z', 'a-b/x', 'a0/x', 'b/x']) {
        const of = parseServiceReference(name).service
        await store.appendAll(new Log([], of, { keeps }).register('1.0.0').register('0.9.0').entries)
      }
      const gone = parseServiceReference('a/gone').service
      await store.appendAll(new Log([], gone, { keeps }).register('1.0.0').change('1.0.0', deleted).entries)
      const count = (namespace: string, most: number) =>
        store.countServices({ namespace: namespace as Namespace, most })
      assert.equal(await count('a', 10_000), 4)
      assert.equal(await count('a', 4), 4)
      assert.equal(await count('a', 3), 3)
      assert.equal(await count('a-b', 10), 1)
      assert.equal(await count('ab', 10), 0)
    }),
  },
]

const tag = (text: string) => text as RevisionTag
const key = (text: string) => versionKey(tag(text))

async function tags(store: Store, scan: RevisionScan): Promise<string[]> {
  const page = await store.readRevisions(service, scan)
  return (page?.revisions ?? []).map(({ revisionTag }) => revisionTag)
}

function registered(keeps: Keeps, ...texts: string[]): Log {
  const log = new Log([], service, { keeps })
  for (const text of texts) log.register(text)
  return log
}
