import assert from 'node:assert/strict'
import { type ContractCase, entryFor, isUnavailable, refuseAppend, service, withStore } from './support.ts'

const LATER_MS = 11_000

/** The promises of `Store.checkAppends`. */
export const checkAppendsContract: readonly ContractCase[] = [
  {
    name: 'a check of appends resolves before the first append and after one, and stores nothing',
    run: withStore(async (store) => {
      await store.checkAppends()
      const entry = entryFor('1.0.0')
      await store.append(entry)
      await store.checkAppends()
      assert.equal((await store.readLog(service, { after: 0, limit: 10 })).length, 1)
      assert.deepEqual(await store.readNamespaces({ limit: 10 }), [entry.service.namespace])
    }),
  },
  {
    name: 'a check of appends rejects after the storage refused an entry, and asks it again after 10 seconds',
    run: async (harness) => {
      const { store, second, restore } = await refuseAppend(harness)
      await assert.rejects(store.checkAppends(), isUnavailable)
      const asked = after(LATER_MS, () => store.checkAppends())
      await assert.rejects(asked, isUnavailable)
      await restore()
      await assert.rejects(store.checkAppends(), isUnavailable)
      await after(2 * LATER_MS, () => store.checkAppends())
      await store.checkAppends()
      assert.equal(await store.append(second), 'appended')
      await store.checkAppends()
      await store.close()
    },
  },
]

// Nothing else runs while the clocks are wrong, because `use` does not wait for anything.
function after<T>(ms: number, use: () => T): T {
  const [now, monotonic] = [Date.now, performance.now]
  Date.now = () => now() + ms
  performance.now = () => monotonic.call(performance) + ms
  try {
    return use()
  } finally {
    Date.now = now
    performance.now = monotonic
  }
}
