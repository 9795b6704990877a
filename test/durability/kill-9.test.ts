import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeOnEachStore } from '../support/each-store.ts'
import type { Storage } from '../support/storage.ts'
import { runRounds } from './rounds.ts'

// The long form of this test is: node test/durability/kill-9.ts --rounds 500 --workers 2
describeOnEachStore('a server that is killed while clients register', (createStorage) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await createStorage()
  })
  afterEach(() => storage.remove())

  test.for([
    ['a server', { workers: 1, rounds: 6 }],
    ['a server with two workers', { workers: 2, rounds: 3 }],
  ] as const)(
    '%s that is killed during registrations keeps acknowledged revisions and starts again',
    {
      timeout: 120_000,
    },
    async ([, options]) => {
      const { violations, acknowledged, rounds } = await runRounds({ location: storage.location, ...options })
      expect(violations).toEqual([])
      expect(rounds).toBe(options.rounds)
      expect(acknowledged).toBeGreaterThan(0)
    },
  )
})
