import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import { type ContractCase, withStore } from './support.ts'

const HOUR_MS = 60 * 60_000

/** The promises of `Store` about its clock. */
export const clockContract: readonly ContractCase[] = [
  {
    name: 'the clock of a store is in milliseconds since 1970',
    run: withStore(async (store) => {
      assert.ok(Math.abs(store.now() - Date.now()) < 24 * HOUR_MS)
    }),
  },
  {
    name: 'the clock of a store does not jump if the clock of the process jumps, forwards or backwards',
    run: withStore(async (store) => {
      const before = store.now()
      for (const jump of [HOUR_MS, -HOUR_MS]) {
        assert.ok(Math.abs(whileJumped(jump, () => store.now()) - before) < HOUR_MS / 2)
      }
    }),
  },
  {
    name: 'the clock of a store goes on, even while the storage refuses writes',
    run: async ({ open, interrupt }) => {
      const store = await open()
      await passes(store)
      const restore = await interrupt()
      await passes(store)
      await restore()
      await store.close()
    },
  },
]

// Nothing else runs while the clock is wrong, because `use` does not wait for anything.
function whileJumped<T>(ms: number, use: () => T): T {
  const realNow = Date.now
  Date.now = () => realNow() + ms
  try {
    return use()
  } finally {
    Date.now = realNow
  }
}

// The case fails at its time limit if the clock stands still.
async function passes(store: Store): Promise<void> {
  const before = store.now()
  while (store.now() <= before) await new Promise((resolve) => setTimeout(resolve, 1))
}
