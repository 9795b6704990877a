import assert from 'node:assert/strict'
import { parseAliasName } from '../../domain/alias.ts'
import { parseServiceReference } from '../../domain/sruid.ts'
import { type LookupResult, type RevisionSelector, type Store, theDefault } from '../store.ts'
import { Log } from './log.ts'
import { type ContractCase, closeAll, isDamage, keepsAll, service, sruid } from './support.ts'

const alias: RevisionSelector = { by: 'alias', alias: parseAliasName('beta') }
const byTag: RevisionSelector = { by: 'tag', tag: sruid('1.0.0').revisionTag }
const selectors: readonly RevisionSelector[] = [theDefault, byTag, alias]

/** So often that every store that keeps results has kept them. */
const TIMES = 4

/** The promises about lookups that are repeated, whose results a store may keep. */
export const repeatedLookupsContract: readonly ContractCase[] = [
  {
    name: 'a lookup that is repeated sees every entry at once that another store has appended, of any kind',
    run: async ({ open, keeps = keepsAll }) => {
      const [writer, reader] = await Promise.all([open(), open()])
      const log = new Log([], service, { keeps }).register('1.0.0').setAlias('beta', '1.0.0')
      await writer.appendAll(log.entries)
      const changes = [
        () => log.register('1.1.0'),
        () => log.register('0.1.0', { becomesDefault: false }),
        () => log.setAlias('beta', '1.1.0'),
        () => log.yankAndMove('1.1.0', 'beta', '1.0.0'),
        () => log.clearDefault(),
        () => log.deleteAlias('beta'),
      ]
      for (const change of changes) {
        await lookUpOften(reader)
        await writer.append(change().next)
        const fresh = await open()
        assert.deepEqual(await lookUp(reader), await lookUp(fresh))
        await fresh.close()
      }
      await closeAll([writer, reader])
    },
  },
  {
    name: 'a lookup that is repeated while another store appends never goes back, and sees each append that has resolved',
    run: async ({ open, keeps = keepsAll }) => {
      const [writer, reader] = await Promise.all([open(), open()])
      const log = new Log([], service, { keeps }).register('1.0.0')
      await writer.appendAll(log.entries)
      let appended = 1
      let isWriting = true
      const readers = Array.from({ length: 8 }, async () => {
        for (let last = 0; isWriting; ) {
          const atLeast = Math.max(last, appended)
          const found = await reader.lookup(service, theDefault)
          last = found?.generation ?? 0
          assert.ok(last >= atLeast, `generation ${last} came after ${atLeast}`)
          assert.equal(found?.revision?.ordinal, last)
        }
      })
      for (let index = 1; index <= 40; index++) {
        await writer.append(log.register(`1.${index}.0`).next)
        appended = index + 1
        await lookUpOften(reader)
      }
      isWriting = false
      await Promise.all(readers)
      await closeAll([writer, reader])
    },
  },
  {
    name: 'a result of a lookup stays as it is, whatever is appended and looked up later',
    run: async ({ open, keeps = keepsAll }) => {
      const store = await open()
      const log = new Log([], service, { keeps }).register('1.0.0').setAlias('beta', '1.0.0')
      const other = new Log([], parseServiceReference('my-org/other').service, { keeps }).register('1.0.0')
      await store.appendAll(log.entries)
      const results = await lookUpOften(store)
      const copies = structuredClone(results)
      await store.appendAll(other.entries)
      assert.deepEqual(await lookUp(store), copies)
      await store.append(log.register('1.1.0').next)
      await store.append(log.setAlias('beta', '1.1.0').next)
      await lookUpOften(store)
      assert.deepEqual(results, copies)
      await store.close()
    },
  },
  {
    name: 'a lookup that is repeated after an entry was damaged answers as before, or is refused',
    run: async ({ open, damage, keeps = keepsAll }) => {
      const log = new Log([], service, { keeps }).register('1.0.0').setAlias('beta', '1.0.0')
      // Entries of form 2 have no checksum.
      if (log.newest.link === null) return
      const store = await open()
      await store.appendAll(log.entries)
      const before = await lookUpOften(store)
      await damage(1)
      for (const [index, selector] of selectors.entries()) {
        const after = await store.lookup(service, selector).catch((error: unknown) => error)
        if (!isDamage(after)) assert.deepEqual(after, before[index])
      }
      const fresh = await open()
      await assert.rejects(fresh.lookup(service, theDefault), isDamage)
      await closeAll([store, fresh])
    },
  },
]

function lookUp(store: Store): Promise<(LookupResult | null)[]> {
  return Promise.all(selectors.map((selector) => store.lookup(service, selector)))
}

async function lookUpOften(store: Store): Promise<(LookupResult | null)[]> {
  for (let time = 1; time < TIMES; time++) await lookUp(store)
  return lookUp(store)
}
