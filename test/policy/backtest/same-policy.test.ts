import { expect, onTestFinished, test } from 'vitest'
import { createRegistryClient, type RegistryClient } from '../../../src/client/index.ts'
import { type BuiltInPolicyName, builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { backtest } from '../../../src/policy/backtest/backtest.ts'
import { type Random, randomFrom } from '../../fuzz/random.ts'
import { collect } from '../../support/collect.ts'
import { startInProcess } from '../../support/in-process.ts'
import { sqliteStorage } from '../../support/storage.ts'

const service = 'my-org/my-service'
const TAGS = [
  ...['0.1.0rc1', '0.1.0', '0.1.0-1', '1.0', '1.0.0', '1.0.0-rc.1', 'v1.0.0', '1.1', '1.2.0', '1.10.0', '2.0.0-beta.1'],
  ...['2.0.0', '2.0.0.post1', '2.1', '2.1.0-x', '2.1.0', 'main', 'my-branch'],
]

test.for<BuiltInPolicyName>(['latest-semver', 'latest-stable', 'latest-pep440', 'manual'])(
  'a backtest of %s over random changes that it decided about finds no difference',
  async (policy) => {
    const client = await start(policy)
    for (const seed of [1, 2]) await makeChanges(client, randomFrom(seed), 80)
    const changes = (await collect(client.history.list(service))).reverse()
    expect(changes.length).toBeGreaterThan(40)
    const { periods, questions } = await backtest(builtInPolicy(policy), { service, changes })
    expect(periods).toEqual([])
    expect(questions).toBeGreaterThan(10)
  },
)

async function start(defaultPolicy: string): Promise<RegistryClient> {
  const storage = await sqliteStorage()
  const server = await startInProcess(storage, { defaultPolicy })
  onTestFinished(async () => {
    await server.close()
    await storage.remove()
  })
  return createRegistryClient({ baseUrl: server.url })
}

// The registry refuses some of the changes, for example because a revision is yanked. No change clears the default by a yank,
// because a backtest asks the policy then.
async function makeChanges(client: RegistryClient, random: Random, count: number): Promise<void> {
  for (let done = 0; done < count; done++) await randomChange(client, random).catch(() => {})
}

function randomChange(client: RegistryClient, random: Random): Promise<unknown> {
  const [revisionTag, other] = [random.pick(TAGS), random.pick(TAGS)]
  const sruid = `${service}:${revisionTag}`
  const isDefault = random.below(4) === 0 ? random.below(3) === 0 : undefined
  const candidates = [
    { revisionTag, weight: 10_000 },
    { revisionTag: other, weight: 0 },
  ].slice(random.below(2))
  const changes: readonly (() => Promise<unknown>)[] = [
    ...Array.from({ length: 4 }, () => () => client.register(sruid, { isDefault })),
    ...Array.from({ length: 3 }, () => () => client.revisions.yank(sruid)),
    ...Array.from({ length: 2 }, () => async () => {
      const { revisionTag } = await client.get(service)
      await client.revisions.yank(`${service}:${revisionTag}`)
    }),
    () => client.revisions.unyank(sruid),
    () => client.revisions.deprecate(sruid),
    () => client.defaults.set(sruid),
    () => client.defaults.clear(service),
    () => client.rollouts.set(service, candidates),
    () => client.rollouts.end(service, random.below(2) === 0 ? { promote: revisionTag } : {}),
    () => client.history.revert(service, { generation: 1 + random.below(20) }),
  ]
  return random.pick(changes)()
}
