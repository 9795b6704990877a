import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeOnEachStore } from '../support/each-store.ts'
import type { Storage } from '../support/storage.ts'
import { runRounds } from './rounds.ts'

// The long form of this test is: node test/durability/kill-9.ts --rounds 500
describeOnEachStore('a server that is killed while clients register', (createStorage) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await createStorage()
  })
  afterEach(() => storage.remove())

  test('a server that is killed during registrations keeps acknowledged revisions and starts again', async () => {
    const { violations, acknowledged, rounds } = await runRounds({ location: storage.location, rounds: 8 })
    expect(violations).toEqual([])
    expect(rounds).toBe(8)
    expect(acknowledged).toBeGreaterThan(0)
  }, 120_000)
})
