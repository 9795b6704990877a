import assert from 'node:assert/strict'
import { parseAliasName } from '../../domain/alias.ts'
import { REDACTED, redactPrincipal } from '../../domain/entries/chain.ts'
import { active } from '../../domain/lifecycle.ts'
import type { Entry } from '../../domain/log.ts'
import { noInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { parseServiceReference } from '../../domain/sruid.ts'
import { type RewritableStore, type Store, theDefault } from '../store.ts'
import { Log } from './log.ts'
import { answerAfter, type ContractCase, type ContractHarness, closeAll, isUnavailable, service } from './support.ts'

/** Storage whose stores can write entries again. */
export interface RewritingHarness extends Omit<ContractHarness, 'keeps'> {
  open(): Promise<RewritableStore>
}

/** One promise of `RewritableStore`, with its test. */
export interface RewritingCase extends Pick<ContractCase, 'name'> {
  run(harness: RewritingHarness): Promise<void>
}

const endpoints = [{ protocol: 'grpc', uri: 'a:b', metadata: [] }]

/** The promises of `RewritableStore`. */
export const rewritingContract: readonly RewritingCase[] = [
  {
    name: 'a rewritten entry comes back from every read of every store, and the entries that need it are as before',
    run: async ({ open }) => {
      const [store, reader] = await Promise.all([open(), open()])
      const log = sampleLog()
      await store.appendAll(log.entries)
      const [first, second] = log.entries.slice(0, 2).map(anonymized) as [Entry, Entry]
      assert.equal(await store.rewrite([first, second]), 2)
      const expected = [first, second, ...log.entries.slice(2)]
      for (const each of [store, reader]) {
        assert.deepEqual(await each.readLog(service, { after: 0, limit: 10 }), expected)
        // Entry 3 changes the revision whose information entry 1 has, and entry 4 follows aliases that entry 2 has.
        const found = await each.lookup(service, theDefault)
        assert.deepEqual(found, answerAfter(log.newest, log.revision('1.0.0')))
        assert.equal(found?.revision?.info.endpoints.length, 1)
        const byAlias = await each.lookup(service, { by: 'alias', alias: parseAliasName('beta') })
        assert.equal(byAlias?.alias?.tag, '1.0.0')
        assert.deepEqual(await each.findRequest(service, 'request-1'), expected.at(-1))
      }
      await closeAll([store, reader])
    },
  },
  {
    name: 'a rewritten entry is found as before: by its tag, in both orders of revisions, by its request and in lists',
    run: async ({ open }) => {
      const store = await open()
      const log = sampleLog()
      await store.appendAll(log.entries)
      const before = await everyRead(store)
      await store.rewrite(log.entries.map(anonymized))
      assert.match(before, /"contract"/)
      assert.equal(await everyRead(store), before.replaceAll('"contract"', `"${REDACTED}"`))
      await store.close()
    },
  },
  {
    name: 'an entry whose id, generation or service is not in the storage is not stored',
    run: async ({ open }) => {
      const store = await open()
      const log = sampleLog()
      await store.appendAll(log.entries)
      const [first] = log.entries as [Entry]
      const other = parseServiceReference('my-org/other').service
      const strangers = [
        { ...first, id: 'another-id' },
        { ...first, generation: 99 },
        { ...first, service: other },
      ].map(anonymized)
      assert.equal(await store.rewrite(strangers), 0)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), log.entries)
      assert.equal(await store.readHead(other), null)
      await store.close()
    },
  },
  {
    name: 'an entry that is rewritten twice is as after the first time, also after the store is opened again',
    run: async ({ open }) => {
      const store = await open()
      const log = sampleLog()
      await store.appendAll(log.entries)
      const rewritten = log.entries.map(anonymized)
      for (let time = 0; time < 2; time++) assert.equal(await store.rewrite(rewritten), rewritten.length)
      await store.close()
      const again = await open()
      assert.deepEqual(await again.readLog(service, { after: 0, limit: 10 }), rewritten)
      await again.close()
    },
  },
  {
    name: 'entries are appended while others are rewritten, by the same store and by another',
    run: async ({ open }) => {
      const [store, other] = await Promise.all([open(), open()])
      const log = sampleLog()
      await store.appendAll(log.entries)
      const rewritten = log.entries.map(anonymized)
      for (let index = 1; index <= 20; index++) {
        const writer = index % 2 === 0 ? store : other
        log.register(`2.${index}.0`)
        const [result] = await Promise.all([writer.append(log.next), store.rewrite(rewritten)])
        assert.equal(result, 'appended')
      }
      const expected = [...rewritten, ...log.entries.slice(rewritten.length)]
      assert.deepEqual(await other.readLog(service, { after: 0, limit: 100 }), expected)
      await closeAll([store, other])
    },
  },
  {
    name: 'after a purge every entry is as before, and the store takes new ones',
    run: async ({ open }) => {
      const [store, other] = await Promise.all([open(), open()])
      const log = sampleLog()
      await store.appendAll(log.entries)
      const rewritten = log.entries.map(anonymized)
      await store.rewrite(rewritten)
      for (const place of await store.purge()) assert.match(place, /\w/)
      assert.equal(await other.append(log.register('2.0.0').next), 'appended')
      for (const each of [store, other]) {
        assert.deepEqual(await each.readLog(service, { after: 0, limit: 10 }), [...rewritten, log.next])
      }
      await closeAll([store, other])
    },
  },
  {
    name: 'while the storage refuses writes a rewrite rejects as unavailable, and afterwards it works again',
    run: async ({ open, interrupt }) => {
      const store = await open()
      const log = sampleLog()
      await store.appendAll(log.entries)
      const rewritten = log.entries.map(anonymized)
      const restore = await interrupt()
      await assert.rejects(store.rewrite(rewritten), isUnavailable)
      await restore()
      assert.equal(await store.rewrite(rewritten), rewritten.length)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), rewritten)
      await store.close()
    },
  },
]

// Entry 1 has the information of the revision, and entry 2 the aliases.
function sampleLog(): Log {
  return new Log()
    .register('1.0.0', { info: { ...noInfo, description: 'd', endpoints } })
    .setAlias('beta', '1.0.0')
    .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: null } })
    .register('0.9.0', { becomesDefault: false })
    .request('request-1')
}

function anonymized(entry: Entry): Entry {
  const { principal, link, head, revision } = entry
  const { defaultRule } = head
  return {
    ...entry,
    principal: redactPrincipal(principal, link?.salt ?? ''),
    revision: revision && { ...revision, registeredBy: REDACTED },
    head: { ...head, defaultRule: defaultRule && { ...defaultRule, actor: REDACTED } },
    link: link && { ...link, salt: '' },
  } as Entry
}

async function everyRead(store: Store): Promise<string> {
  const byTag = (text: string) => store.lookup(service, { by: 'tag', tag: text as RevisionTag })
  return JSON.stringify({
    tags: await Promise.all(['1.0.0', '0.9.0'].map(byTag)),
    orders: await Promise.all(
      (['registration', 'version'] as const).map((order) => store.readRevisions(service, { order, limit: 10 })),
    ),
    request: (await store.findRequest(service, 'request-1'))?.generation,
    services: await store.readServices({ limit: 10 }),
    namespaces: await store.readNamespaces({ limit: 10 }),
  })
}
