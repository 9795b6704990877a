import assert from 'node:assert/strict'
import type { Writer } from '../../domain/entries/new-entry.ts'
import { emptyHead } from '../../domain/head.ts'
import { active, deleted } from '../../domain/lifecycle.ts'
import { type Entry, isRevisionEntry } from '../../domain/log.ts'
import { noInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { parseServiceReference } from '../../domain/sruid.ts'
import { type ChangesPage, type RevisionSelector, type Store, type StoredChange, theDefault } from '../store.ts'
import { Log } from './log.ts'
import {
  answerAfter,
  type ContractCase,
  closeAll,
  isDamage,
  type Keeps,
  keepsAll,
  keepsOldForm,
  service,
  withStore,
  writer,
} from './support.ts'

const other = parseServiceReference('my-org/other').service

/** The promises about the past of a service: its state at a generation, its changes, and its generation at a time. */
export const historyContract: readonly ContractCase[] = [
  {
    name: 'a head and lookups at a generation are as they were then, even after they were read at others',
    run: withStore(async (store, keeps) => {
      const log = past(keeps)
      await store.appendAll(log.entries)
      for (const generation of [...log.entries.keys(), ...log.entries.keys()].map((index) => index + 1)) {
        const then = new Log(log.stored.slice(0, generation))
        assert.deepEqual(await store.readHead(service, generation), then.snapshot)
        for (const tag of ['1.0.0', '2.0.0', '9.9.9']) {
          const revision = then.has(tag) ? then.revision(tag) : null
          const found = await store.lookup(service, byTag(tag), generation)
          assert.deepEqual(found, answerAfter(then.newest, revision))
        }
        assert.deepEqual(await store.lookup(service, theDefault, generation), defaultOf(then))
        for (const alias of then.newest.head.aliases) {
          const revision = alias.tag === null ? null : then.revision(alias.tag)
          const found = await store.lookup(service, { by: 'alias', alias: alias.name }, generation)
          assert.deepEqual(found, answerAfter(then.newest, revision, { alias }))
        }
      }
      assert.deepEqual(await store.lookup(service, theDefault), defaultOf(log))
    }),
  },
  {
    name: 'an unknown service has no head and no lookups at a generation, no changes, and no generation at a time',
    run: withStore(async (store) => {
      assert.equal(await store.readHead(service, 1), null)
      assert.equal(await store.lookup(service, theDefault, 1), null)
      assert.equal(await store.readChanges(service, { limit: 10 }), null)
      assert.equal(await store.findGeneration(service, 0), null)
    }),
  },
  {
    name: 'changes are read backwards, each with the head and the revision before it',
    run: withStore(async (store, keeps) => {
      const log = past(keeps)
      await store.appendAll(log.entries)
      await store.append(new Log([], other, { keeps }).register('1.0.0').next)
      assert.deepEqual(await store.readChanges(service, { limit: 1_000 }), changesOf(log))
    }),
  },
  {
    name: 'a page of changes ends at its limit, is below one generation and above another, and may be empty',
    run: withStore(async (store, keeps) => {
      const log = past(keeps)
      await store.appendAll(log.entries)
      const pages: ChangesPage[] = [
        { limit: 2 },
        { limit: 2, before: 5 },
        { limit: 10, before: 5, after: 2 },
        { limit: 10, after: log.newest.generation - 1 },
        { limit: 10, after: log.newest.generation },
        { limit: 10, before: 1 },
        { limit: 3, before: 1_000_000 },
      ]
      for (const page of pages) assert.deepEqual(await store.readChanges(service, page), changesOf(log, page))
      assert.deepEqual(await readToTheEnd(store, { limit: 3 }), changesOf(log))
    }),
  },
  {
    name: 'the changes of a tag are only those of that revision, also page by page',
    run: withStore(async (store, keeps) => {
      const log = past(keeps)
      await store.appendAll(log.entries)
      for (const text of ['1.0.0', '2.0.0', '9.9.9']) {
        const tag = text as RevisionTag
        assert.deepEqual(await store.readChanges(service, { limit: 100, tag }), changesOf(log, { tag }))
        assert.deepEqual(await readToTheEnd(store, { limit: 1, tag }), changesOf(log, { tag }))
        const page = { limit: 100, tag, before: 5, after: 1 }
        assert.deepEqual(await store.readChanges(service, page), changesOf(log, page))
      }
    }),
  },
  {
    name: 'a page of large changes ends before they have more than 3 MiB, and the next pages have the others',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
      for (let index = 0; index < 50; index++) log.register(`1.${index}.0`, { info: largeInfo(index) })
      for (let index = 0; index < 50; index += 10) log.update(`1.${index}.0`, largeInfo(index + 1))
      await store.appendAll(log.entries)
      const sizes: number[] = []
      const found: StoredChange[] = []
      for (let page: readonly StoredChange[] | null = null; page?.length !== 0; ) {
        page = await store.readChanges(service, { limit: 1_000, before: found.at(-1)?.entry.generation })
        assert.ok(page)
        found.push(...page)
        sizes.push(page.length)
        const revisions = page.flatMap(({ entry, before }) => [entry.revision, before.revision])
        assert.ok(JSON.stringify(revisions).length <= 3 * 1024 ** 2)
      }
      assert.deepEqual(found, changesOf(log))
      assert.ok(sizes.length > 2 && Math.max(...sizes) > 10, `the pages have ${sizes.join(', ')} changes`)
    }),
  },
  {
    name: 'changes that are read after an append has resolved have its entry, in every store over the same storage',
    run: async ({ open, keeps = keepsAll }) => {
      const [writing, reading] = await Promise.all([open(), open()])
      const log = new Log([], service, { keeps })
      for (let index = 0; index < 10; index++) {
        await writing.append(log.register(`1.${index}.0`).next)
        assert.deepEqual(await reading.readChanges(service, { limit: 1 }), changesOf(log, { limit: 1 }))
        assert.equal(await reading.findGeneration(service, log.newest.time), log.newest.generation)
      }
      await closeAll([writing, reading])
    },
  },
  {
    name: 'the generation at a time is the greatest whose time is not after it',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps, newWriter: clockOf([5, 10, 10, 10, 20, 30, 30, 31, 40, 40, 40, 90]) })
      for (let index = 0; index < 12; index++) log.register(`1.${index}.0`)
      await store.append(new Log([], other, { keeps, newWriter: clockOf([7]) }).register('1.0.0').next)
      // Every number of entries, because a search by halving goes other ways in each.
      for (const entry of log.entries) {
        await store.append(entry)
        for (let time = 0; time <= 100; time++) {
          const expected = log.stored.findLast((each) => each.generation <= entry.generation && each.time <= time)
          assert.equal(await store.findGeneration(service, time), expected?.generation ?? 0)
        }
      }
      assert.equal(await store.findGeneration(service, Date.UTC(9999, 11, 31)), 12)
    }),
  },
  {
    name: 'damage of an entry is found by the changes and the times that need it, and does not disturb the others',
    run: async ({ open, damage, keeps = keepsAll }) => {
      if (keepsOldForm(keeps)) return
      const store = await open()
      const log = new Log([], service, { newWriter: clockOf([10, 20, 30, 40, 50, 60]) })
      for (let index = 0; index < 6; index++) log.register(`1.${index}.0`)
      await store.appendAll(log.entries)
      await damage(3)
      // The change of generation 4 needs the state after entry 3.
      for (const before of [5, 4]) await assert.rejects(store.readChanges(service, { limit: 1, before }), isDamage)
      for (const page of [{ limit: 2 }, { limit: 2, before: 3 }]) {
        assert.deepEqual(await store.readChanges(service, page), changesOf(log, page))
      }
      for (const time of [30, 35, 29]) await assert.rejects(store.findGeneration(service, time), isDamage)
      for (const [time, generation] of [
        [10, 1],
        [19, 1],
        [45, 4],
        [60, 6],
      ] as const) {
        assert.equal(await store.findGeneration(service, time), generation)
      }
      await assert.rejects(store.readHead(service, 3), isDamage)
      await assert.rejects(store.lookup(service, theDefault, 3), isDamage)
      await store.close()
    },
  },
]

// Each kind of entry that every storage keeps.
function past(keeps: Keeps): Log {
  return new Log([], service, { keeps })
    .register('1.0.0', { info: { ...noInfo, description: 'first' }, registeredAt: 5 })
    .setAlias('beta', '1.0.0')
    .setAlias('next')
    .register('1.1.0')
    .update('1.0.0', { ...noInfo, description: 'second' })
    .update('1.0.0', { ...noInfo, description: 'second', documentationUri: 'https://a.example' })
    .register('2.0.0', { becomesDefault: false })
    .yankAndMove('1.1.0', 'next', '1.0.0')
    .clearDefault()
    .change('1.1.0', deleted)
    .deleteAlias('beta')
    .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: '2.0.0' as RevisionTag } })
    .request('deploy')
    .register('2.1.0')
}

function changesOf(log: Log, { before = Number.POSITIVE_INFINITY, after = 0, tag, limit }: Partial<ChangesPage> = {}) {
  const isWanted = ({ generation, revision }: Entry) =>
    generation < before && generation > after && (tag === undefined || revision?.revisionTag === tag)
  return log.stored
    .filter(isWanted)
    .reverse()
    .slice(0, limit)
    .map((entry) => changeOf(log, entry))
}

function changeOf({ stored }: Log, entry: Entry): StoredChange {
  const earlier = stored.slice(0, entry.generation - 1)
  const isChanged = isRevisionEntry(entry) && entry.event !== 'revision-registered'
  const tag = entry.revision?.revisionTag
  const found = isChanged ? earlier.findLast(({ revision }) => revision?.revisionTag === tag) : undefined
  return { entry, before: { head: earlier.at(-1)?.head ?? emptyHead, revision: found?.revision ?? null } }
}

async function readToTheEnd(store: Store, page: ChangesPage): Promise<StoredChange[]> {
  const found: StoredChange[] = []
  for (;;) {
    const next = await store.readChanges(service, { ...page, before: found.at(-1)?.entry.generation })
    assert.ok(next && next.length <= page.limit)
    if (next.length === 0) return found
    found.push(...next)
  }
}

function defaultOf(log: Log) {
  const { defaultTag } = log.newest.head
  return answerAfter(log.newest, defaultTag && log.revision(defaultTag))
}

function byTag(text: string): RevisionSelector {
  return { by: 'tag', tag: text as RevisionTag }
}

/** Writers whose clocks have these times, one after the other. */
function clockOf(times: readonly number[]): () => Writer {
  const left = [...times]
  return () => ({ ...writer(), now: left.shift() ?? 0 })
}

function largeInfo(index: number) {
  return { ...noInfo, description: String.fromCharCode(97 + (index % 26)).repeat(200_000) }
}
