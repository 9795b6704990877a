import { expect, test } from 'vitest'
import { describeOnEachStore } from '../support/each-store.ts'
import { runUpgradeRounds } from './upgrade-rounds.ts'

// A longer run: WAYPOST_UPGRADE_ROUNDS=100 npm run test:slow -- test/durability
const ROUNDS = Number(process.env.WAYPOST_UPGRADE_ROUNDS ?? 3)

describeOnEachStore('an upgrade that is interrupted', (createStorage) => {
  test(
    'a store whose upgrade is killed is either finished or not, and loses nothing',
    async () => {
      const { violations, acknowledged, unfinished } = await runUpgradeRounds({ createStorage, rounds: ROUNDS })
      expect(violations).toEqual([])
      expect(acknowledged).toBeGreaterThan(0)
      // Of many rounds, some kill the process before the upgrade is finished, and some after that.
      if (ROUNDS >= 30) expect(unfinished).toSatisfy((count: number) => count > 0 && count < ROUNDS)
    },
    60_000 + 20_000 * ROUNDS,
  )
})
