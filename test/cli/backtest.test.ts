import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { runInProcess } from './in-process.ts'

let storage: Storage
let server: RunningServer
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-backtest-'))
  storage = await sqliteStorage()
  server = await startInProcess(storage)
  const client = createRegistryClient({ baseUrl: server.url })
  for (const tag of ['1.0.0', '2.0.0-beta.1', '2.0.0', '2.1.0-beta.1'])
    await client.register(`my-org/my-service:${tag}`)
})

afterAll(async () => {
  await server.close()
  await storage.remove()
  await rm(folder, { recursive: true })
})

const backtest = (policy: string, ...args: string[]) =>
  runInProcess(['policy', 'backtest', policy, 'my-org/my-service', ...args], { WAYPOST_REGISTRY: server.url })

async function modulePath(source: string): Promise<string> {
  const path = join(folder, 'my-policy.mjs')
  await writeFile(path, source)
  return path
}

const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

describe('waypost policy backtest', () => {
  test('waypost policy backtest prints when the default would have been another one, and exits with 6', async () => {
    const { exitCode, stdout, stderr } = await backtest('latest-stable')
    expect([exitCode, stderr]).toEqual([6, ''])
    expect(stdout.replaceAll(TIME, 'TIME')).toBe(
      [
        'latest-stable decided about 4 revisions in 4 changes of my-org/my-service',
        'FROM                          UNTIL                         DEFAULT       BY latest-stable',
        '2 (TIME)  3 (TIME)  2.0.0-beta.1  1.0.0',
        '4 (TIME)  now                           2.1.0-beta.1  2.0.0',
        '',
      ].join('\n'),
    )
  })

  test('waypost policy backtest exits with 0 if the default would have been the same', async () => {
    expect(await backtest('latest-semver')).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout:
        'latest-semver decided about 4 revisions in 4 changes of my-org/my-service\n' +
        'the default would have been the same at all times\n',
    })
  })

  test('waypost policy backtest runs a module, shows its output on stderr, and prints JSON', async () => {
    const path = await modulePath(
      `export const context = ['recentTags']
       export default ({ revisionTag }, { recentTags }) => {
         if (recentTags.length === 3) console.log('three tags before ' + revisionTag)
         return recentTags.length === 0
       }`,
    )
    const { exitCode, stdout, stderr } = await backtest(path, '--json')
    expect([exitCode, stderr]).toEqual([6, 'three tags before 2.1.0-beta.1\n'])
    expect(JSON.parse(stdout)).toEqual({
      ...{ policy: 'my-policy.mjs', service: 'my-org/my-service', changes: 4, questions: 4 },
      periods: [
        ['2.0.0-beta.1', 2, 3],
        ['2.0.0', 3, 4],
        ['2.1.0-beta.1', 4, undefined],
      ].map(([tag, from, until]) => ({
        ...{ from_generation: from, from_time: expect.stringMatching(TIME) },
        ...(until && { until_generation: until, until_time: expect.stringMatching(TIME) }),
        ...{ default_revision_tag: tag, policy_revision_tag: '1.0.0' },
      })),
    })
  })

  test.for([
    [
      'none.mjs',
      2,
      /^waypost: the policy "none\.mjs": the file does not exist; use latest-semver, .*manual, or the path/,
    ],
    ['export default 5', 2, /the default export of the policy module is not a function/],
    ["export const context = ['tags']; export default () => true", 2, /has the unknown name "tags"; use "recentTags"/],
    [
      "export default () => { throw new Error('a defect') }",
      1,
      /^waypost: the policy failed at generation 1 of my-org\/my-service \(Error: a defect\); correct it, and try again\.$/m,
    ],
  ] as const)('waypost policy backtest of %s exits with %d and tells why', async ([source, expected, message]) => {
    const { exitCode, stdout, stderr } = await backtest(source.includes(' ') ? await modulePath(source) : source)
    expect([exitCode, stdout]).toEqual([expected, ''])
    expect(stderr).toMatch(message)
  })

  test('waypost policy backtest exits with 3 if the service does not exist', async () => {
    const env = { WAYPOST_REGISTRY: server.url }
    const { exitCode } = await runInProcess(['policy', 'backtest', 'manual', 'my-org/none'], env)
    expect(exitCode).toBe(3)
  })
})
