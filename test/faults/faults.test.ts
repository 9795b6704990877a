import { describe, expect, test } from 'vitest'
import { mongoSkipReason } from '../support/mongo-storage.ts'
import { runFaults } from './run-faults.ts'
import {
  cutAnswers,
  freezePrimary,
  killAll,
  killPrimary,
  makeIndexesWithoutMember,
  rollingRestart,
} from './scenarios.ts'

const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)

// The long form of this test is: npm run faults
describe.skipIf(mongoSkipReason ?? isForeign)('servers over a replica set whose members fail', () => {
  test('servers over a failing replica set lose nothing, show no wrong default, and answer in time', async () => {
    const outcome = await runFaults({
      scenarios: [
        ['kill -9 of the primary', killPrimary],
        ['SIGSTOP of the primary', freezePrimary(4_000)],
        ['answers cut in the middle', cutAnswers(3)],
        ['indexes made while a member is down', makeIndexesWithoutMember],
        ['rolling restart', rollingRestart],
        ['all members down', killAll(2_000)],
      ],
      electionTimeoutMs: 2_000,
    })
    expect(outcome.violations).toEqual([])
    expect(outcome.acknowledged).toBeGreaterThan(0)
    expect(outcome.height).toBeGreaterThan(0)
    expect(outcome.unavailable).toBeGreaterThan(0)
  }, 180_000)
})
