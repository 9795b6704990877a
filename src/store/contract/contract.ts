import assert from 'node:assert/strict'
import type { RevisionEntry } from '../../domain/log.ts'
import { parseSruid } from '../../domain/sruid.ts'
import { type Store, theDefault } from '../store.ts'
import { checkAppendsContract } from './check-appends.ts'
import { clockContract } from './clock.ts'
import { damageContract } from './damage.ts'
import { historyContract } from './history.ts'
import { largePagesContract } from './large-pages.ts'
import { largePartsContract } from './large-parts.ts'
import { readingContract } from './reading.ts'
import { repeatedLookupsContract } from './repeated-lookups.ts'
import { rolloutsContract } from './rollouts.ts'
import {
  answerAfter,
  appendAll,
  type ContractCase,
  closeAll,
  entryFor,
  isSameService,
  keepsAll,
  refuseAppend,
  registerByRetrying,
  registration,
  service,
  sruid,
  withoutRegistration,
  withStore,
} from './support.ts'

export type { ContractCase, ContractHarness } from './support.ts'

/** A time limit for one case, in milliseconds. The longest case appends 10,000 entries. */
export const CONTRACT_CASE_TIMEOUT_MS = 120_000

/**
 * The promises of `Store`. Each has a test that works with any test runner.
 *
 * @example
 * for (const { name, run } of storeContract) {
 *   test(name, async () => {
 *     const place = await newPlace()
 *     await run({ open: () => openMyStore(place), interrupt: () => breakMyStore(place), damage })
 *   })
 * }
 */
export const storeContract: readonly ContractCase[] = [
  {
    name: 'a service without entries has no snapshot and an empty log',
    run: withStore(async (store) => {
      assert.equal(await store.lookup(service, theDefault), null)
      assert.equal(await store.lookup(service, { by: 'tag', tag: sruid('1.0.0').revisionTag }), null)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), [])
    }),
  },
  {
    name: 'an entry comes back from the log exactly as it was appended',
    run: withStore(async (store, keeps) => {
      const first = entryFor('1.0.0', { requestedDefault: null, becomesDefault: true })
      const second = entryFor('v2.0.0-rc.1', { after: keeps(first), requestedDefault: false, becomesDefault: false })
      const third = entryFor('main', { after: keeps(second), requestedDefault: true, becomesDefault: true })
      for (const entry of [first, second, third]) assert.equal(await store.append(entry), 'appended')
      assert.deepEqual(
        await store.readLog(service, { after: 0, limit: 10 }),
        [first, second, third].map((entry) => keeps(entry)),
      )
    }),
  },
  {
    name: 'a lookup of the default finds the default revision and the newest head, even after newer entries',
    run: withStore(async (store, keeps) => {
      const first = entryFor('1.0.0', { becomesDefault: true })
      const second = entryFor('0.9.0', { after: keeps(first), becomesDefault: false })
      await appendAll(store, [first, second])
      assert.deepEqual(await store.lookup(service, theDefault), answerAfter(keeps(second), keeps(first).revision))
    }),
  },
  {
    name: 'a lookup of a tag finds that revision, and null if the service does not have it',
    run: withStore(async (store, keeps) => {
      const first = entryFor('1.0.0')
      const second = entryFor('1.1.0', { after: keeps(first) })
      await appendAll(store, [first, second])
      for (const { revision } of [keeps(first), keeps(second)]) {
        const found = await store.lookup(service, { by: 'tag', tag: revision.revisionTag })
        assert.deepEqual(found, answerAfter(keeps(second), revision))
      }
      const unknown = await store.lookup(service, { by: 'tag', tag: sruid('9.9.9').revisionTag })
      assert.deepEqual(unknown, answerAfter(keeps(second), null))
    }),
  },
  {
    name: 'a service without a default revision has a head and no revision',
    run: withStore(async (store, keeps) => {
      const only = entryFor('1.0.0', { becomesDefault: false })
      await store.append(only)
      assert.deepEqual(await store.lookup(service, theDefault), answerAfter(keeps(only), null))
    }),
  },
  {
    name: 'an entry whose generation is taken is refused, and nothing of it is stored',
    run: withStore(async (store, keeps) => {
      const winner = entryFor('1.0.0')
      const loser = entryFor('2.0.0')
      assert.equal(await store.append(winner), 'appended')
      assert.equal(await store.append(loser), 'generation-taken')
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), [keeps(winner)])
      assert.equal((await store.lookup(service, { by: 'tag', tag: loser.revision.revisionTag }))?.revision, null)
    }),
  },
  {
    name: 'an entry that is appended again is stored once, even after newer entries',
    run: withStore(async (store, keeps) => {
      const first = entryFor('1.0.0')
      const second = entryFor('1.1.0', { after: keeps(first) })
      await appendAll(store, [first, second])
      assert.equal(await store.append(first), 'appended')
      assert.deepEqual(await Promise.all([store.append(second), store.append(second)]), ['appended', 'appended'])
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), [keeps(first), keeps(second)])
    }),
  },
  {
    name: 'of 50 entries with the same generation exactly one is appended, and only that one is stored',
    run: withStore(async (store, keeps) => {
      const entries = Array.from({ length: 50 }, (_, index) => entryFor(`1.0.${index}`))
      const results = await Promise.all(entries.map((entry) => store.append(entry)))
      const winners = entries.filter((_, index) => results[index] === 'appended')
      assert.equal(winners.length, 1)
      assert.equal(results.filter((result) => result === 'generation-taken').length, 49)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 100 }), winners.map(keeps))
    }),
  },
  {
    name: '50 concurrent writers of one service leave generations without a gap and one default',
    run: async ({ open }) => {
      const stores = await Promise.all([open(), open()])
      const tags = Array.from({ length: 50 }, (_, index) => `1.${index}.0`)
      await Promise.all(tags.map((tag, index) => registerByRetrying(stores[index % 2] as Store, tag)))
      const log = await stores[0].readLog(service, { after: 0, limit: 100 })
      assert.deepEqual(
        log.map(({ generation }) => generation),
        tags.map((_, index) => index + 1),
      )
      assert.deepEqual(log.map(({ revision }) => revision?.revisionTag).sort(), [...tags].sort())
      assert.equal((await stores[1].lookup(service, theDefault))?.revision?.revisionTag, '1.49.0')
      await closeAll(stores)
    },
  },
  {
    name: 'of concurrent registrations of one tag with different content exactly one is stored',
    run: async ({ open }) => {
      const stores = await Promise.all([open(), open()])
      const wishes = Array.from({ length: 20 }, (_, index) => [null, true, false][index % 3] ?? null)
      const outcomes = await Promise.all(
        wishes.map((isDefault, index) => registerByRetrying(stores[index % 2] as Store, '1.0.0', isDefault)),
      )
      const log = await stores[0].readLog(service, { after: 0, limit: 100 })
      assert.equal(log.length, 1)
      assert.deepEqual(
        wishes.filter((_, index) => outcomes[index]),
        [log[0]?.revision?.requestedDefault],
      )
      await closeAll(stores)
    },
  },
  {
    name: 'a lookup finds a revision as its newest entry left it',
    run: withStore(async (store, keeps) => {
      const first = entryFor('1.0.0', { requestedDefault: null })
      const other = entryFor('1.1.0', { after: keeps(first) })
      const again = entryFor('1.0.0', { after: keeps(other), requestedDefault: true })
      await appendAll(store, [first, other, again, entryFor('1.2.0', { after: keeps(again) })])
      assert.deepEqual(
        (await store.lookup(service, { by: 'tag', tag: again.revision.revisionTag }))?.revision,
        withoutRegistration(keeps(again).revision),
      )
    }),
  },
  {
    name: 'the head and the revision of a lookup are from the same generation while others write',
    run: async ({ open, keeps = keepsAll }) => {
      const [writer, reader] = await Promise.all([open(), open()])
      let isWriting = true
      const reading = (async () => {
        for (let last = 0; isWriting; ) {
          const snapshot = await reader.lookup(service, theDefault)
          if (snapshot === null) continue
          const { generation, revision } = snapshot
          // Odd generations change the default revision and write their number to it. Even ones change another
          // revision.
          assert.equal(revision?.registeredAt, generation % 2 === 1 ? generation : generation - 1)
          assert.ok(generation >= last, 'generations never go back')
          last = generation
        }
      })()
      let newest: RevisionEntry | undefined
      for (let generation = 1; generation <= 200; generation++) {
        const isOdd = generation % 2 === 1
        const said = { becomesDefault: isOdd, registeredAt: generation }
        newest = entryFor(isOdd ? '1.0.0' : '0.9.0', { after: newest && keeps(newest), ...said })
        await writer.append(newest)
      }
      isWriting = false
      await reading
      await closeAll([writer, reader])
    },
  },
  {
    name: 'once an append has resolved, every store over the same storage sees it',
    run: async ({ open, keeps = keepsAll }) => {
      const [writer, reader] = await Promise.all([open(), open()])
      let newest: RevisionEntry | undefined
      for (let index = 0; index < 20; index++) {
        newest = entryFor(`1.0.${index}`, { after: newest && keeps(newest) })
        await writer.append(newest)
        assert.equal((await reader.lookup(service, theDefault))?.generation, newest.generation)
      }
      await closeAll([writer, reader])
    },
  },
  {
    name: 'an appended entry is still stored after the store is closed and opened again',
    run: async ({ open, keeps = keepsAll }) => {
      const entry = entryFor('1.0.0')
      const before = await open()
      await before.append(entry)
      await before.close()
      const after = await open()
      assert.deepEqual(await after.readLog(service, { after: 0, limit: 10 }), [keeps(entry)])
      assert.equal(await after.append(entryFor('1.1.0', { after: keeps(entry) })), 'appended')
      await after.close()
    },
  },
  {
    name: 'an appended entry is found by default, by tag and in the log even if its writer stops at once',
    run: async ({ open, keeps = keepsAll }) => {
      const stopped = await open()
      const entry = entryFor('1.0.0')
      await stopped.append(entry)
      // The writer does nothing after this, so nothing may depend on a later step of it.
      const next = await open()
      const { revision } = keeps(entry)
      for (const selector of [theDefault, { by: 'tag', tag: revision.revisionTag }] as const) {
        assert.deepEqual((await next.lookup(service, selector))?.revision, withoutRegistration(revision))
      }
      assert.deepEqual(await next.readLog(service, { after: 0, limit: 10 }), [keeps(entry)])
      assert.equal(await next.append(entryFor('1.0.0')), 'generation-taken')
      await closeAll([next, stopped])
    },
  },
  {
    name: 'names and tags are compared exactly',
    run: withStore(async (store, keeps) => {
      const alike = ['a-b/c:rc1', 'a-b/c:RC1', 'a-b/c:Rc1', 'a/b-c:rc1', 'a/b:rc1', 'a/b:rc.1', 'a/b:rc_1', 'a/b:rc-1']
      const entries: RevisionEntry[] = []
      for (const text of alike) {
        const target = parseSruid(text)
        const after = entries.findLast((entry) => isSameService(entry.service, target))
        const entry = registration(target, { after })
        assert.equal(await store.append(entry), 'appended')
        entries.push(keeps(entry))
      }
      for (const { service: of, revision } of entries) {
        const found = await store.lookup(of, { by: 'tag', tag: revision.revisionTag })
        assert.deepEqual(found?.revision, withoutRegistration(revision))
      }
      assert.equal(
        (await store.lookup(parseSruid('a/b:rc1'), { by: 'tag', tag: parseSruid('a/b:RC1').revisionTag }))?.revision,
        null,
      )
      assert.equal(await store.lookup(parseSruid('a/c:rc1'), theDefault), null)
    }),
  },
  {
    name: 'the log is read in order, after a generation and up to a limit, one service at a time',
    run: withStore(async (store, keeps) => {
      const entries: RevisionEntry[] = []
      for (let index = 0; index < 12; index++) {
        const entry = entryFor(`1.0.${index}`, { after: entries.at(-1) })
        entries.push(keeps(entry))
        await store.append(entry)
      }
      await store.append(registration(parseSruid('my-org/other:1.0.0'), {}))
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 100 }), entries)
      assert.deepEqual(await store.readLog(service, { after: 9, limit: 2 }), entries.slice(9, 11))
      assert.deepEqual(await store.readLog(service, { after: 12, limit: 10 }), [])
    }),
  },
  {
    name: '10,000 revisions of one service are each found',
    run: withStore(async (store, keeps) => {
      let newest: RevisionEntry | undefined
      for (let thousand = 0; thousand < 10; thousand++) {
        const entries: RevisionEntry[] = []
        for (let index = thousand * 1_000; index < (thousand + 1) * 1_000; index++) {
          newest = entryFor(`1.${index}.0`, { after: newest && keeps(newest) })
          entries.push(newest)
        }
        assert.equal(await store.appendAll(entries), entries.length)
      }
      for (const tag of ['1.0.0', '1.5000.0', '1.9999.0']) {
        assert.equal(
          (await store.lookup(service, { by: 'tag', tag: sruid(tag).revisionTag }))?.revision?.revisionTag,
          tag,
        )
      }
      assert.deepEqual(
        await store.lookup(service, theDefault),
        newest && answerAfter(keeps(newest), keeps(newest).revision),
      )
      assert.deepEqual(
        (await store.readLog(service, { after: 9_998, limit: 10 })).map(({ generation }) => generation),
        [9_999, 10_000],
      )
    }),
  },
  {
    name: 'while the storage refuses writes an append rejects as unavailable, and afterwards it works again',
    run: async (harness) => {
      const { keeps = keepsAll } = harness
      const { store, first, second, restore } = await refuseAppend(harness)
      await restore()
      await store.ping()
      // The entry may or may not be stored. Appending it again finds out.
      assert.equal(await store.append(second), 'appended')
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 10 }), [keeps(first), keeps(second)])
      await store.close()
    },
  },
  {
    name: 'closing waits for the appends in progress, and a second close does nothing',
    run: async ({ open, keeps = keepsAll }) => {
      const store = await open()
      const entry = entryFor('1.0.0')
      const appending = store.append(entry)
      await store.close()
      assert.equal(await appending, 'appended')
      await store.close()
      const next = await open()
      assert.deepEqual(await next.readLog(service, { after: 0, limit: 10 }), [keeps(entry)])
      await next.close()
    },
  },
  ...readingContract,
  ...repeatedLookupsContract,
  ...historyContract,
  ...rolloutsContract,
  ...clockContract,
  ...checkAppendsContract,
  ...damageContract,
  ...largePartsContract,
  ...largePagesContract,
]
