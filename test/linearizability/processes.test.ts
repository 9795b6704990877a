import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '../fuzz/random.ts'
import { apis } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { seedFrom } from '../support/seed.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import type { Storage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { checkLinearizable } from './check.ts'
import { createRecorder, type RecordedCall } from './history.ts'
import { type Writer, writeTogether } from './operations.ts'
import { describeFailure } from './report.ts'
import { serviceSpecification } from './specification.ts'

// `npm run linearizability` is the long form. With the seed of an earlier run the writers make the same choices again.
const OPERATIONS = Number(process.env.WAYPOST_LINEARIZABILITY_OPERATIONS ?? 1_000)
const SEED = seedFrom('WAYPOST_LINEARIZABILITY_SEED')

const CALLS_EACH = 10
const CALLS_A_SERVICE = 4 * CALLS_EACH

describeOnEachStore(`4 writers of one service over 2 servers, with the seed ${SEED}`, (createStorage) => {
  let storage: Storage
  const servers: ServeProcess[] = []

  beforeAll(async () => {
    storage = await createStorage()
    const start = () => spawnServe(['--store', storage.location])
    servers.push(...(await Promise.all([start(), start()])))
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await storage.remove()
  })

  test('some order of the calls to two servers explains all answers', { timeout: 3_600_000 }, async () => {
    const writers = [0, 0, 1, 1].map((server, index): Writer => {
      const routes = Object.values(apis).map((open) => {
        const api = open(servers[server]?.url ?? '')
        return { name: `${index + 1} ${api.protocol} to ${'AB'[server]}`, api }
      })
      return { random: randomFrom(SEED + index), routes }
    })

    const all: RecordedCall[] = []
    for (let count = 0; count < Math.ceil(OPERATIONS / CALLS_A_SERVICE); count++) {
      const recorder = createRecorder({ namespace: 'my-org', name: `my-service-${count}` })
      await writeTogether(recorder, writers, CALLS_EACH)
      const { isLinearizable } = checkLinearizable(serviceSpecification, recorder.calls)
      if (!isLinearizable) expect.fail(`my-service-${count}: ${describeFailure(recorder.calls)}`)
      all.push(...recorder.calls)
    }
    expectContention(all)
    expect(await problemsIn(storage.location), 'waypost verify').toEqual([])
  })
})

/** Fails if the calls did not conflict enough to prove anything. */
function expectContention(calls: readonly RecordedCall[]): void {
  const outcomes = calls.flatMap(({ outcome }) => outcome ?? [])
  const answered = calls.filter(({ outcome }) => outcome && 'answer' in outcome)
  const methods = new Set(answered.map(({ operation }) => operation.method))
  const reasons = new Set(outcomes.map((outcome) => 'refused' in outcome && outcome.refused.reason))
  expect(outcomes.length, 'calls whose outcome is known').toBeGreaterThan(0.99 * calls.length)
  expect(answered.length, 'calls that were answered').toBeGreaterThan(calls.length / 3)
  expect(methods.size, 'methods of which some call was answered').toBe(10)
  expect(reasons, 'a compare-and-set was too late').toContain('ETAG_MISMATCH')
}
