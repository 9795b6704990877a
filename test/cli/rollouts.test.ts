import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SetRolloutRequest } from '../../src/client/proto.ts'
import { refusal, type StubRegistry, startStubRegistry } from '../support/stub-registry.ts'
import { parseJsonLines } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

// The registry of these tests records the requests. test/behaviour/ tests rollouts themselves.

const SERVICE = 'my-org/my-service'
const NOON = '2026-11-24T12:00:00.000Z'
const noon = timestampFromMs(Date.parse(NOON))
const rollout = {
  candidates: [
    { revisionTag: '2.0.0', weight: 10_000, pinnedKeys: ['user-1', 'user-2'], buckets: [{ from: 0, to: 10_000 }] },
    { revisionTag: '2.1.0', weight: 5, held: true },
  ],
  ...{ salt: 's1', algorithm: 'murmur3-100k', reason: 'Begin with 10 %.', startTime: noon, updateTime: noon },
}
const shown = [
  `${SERVICE}: the rollout of 2.0.0, 2.1.0`,
  '  2.0.0: 10 %, and always user-1, user-2',
  '  2.1.0: 0.005 %; it is yanked, so its callers get the default',
  '  the default: 89.995 %',
  '  reason: Begin with 10 %.',
  `  begun: ${NOON}`,
  `  changed: ${NOON}`,
  '  salt: s1',
]
const effect = { moved: 9_500, warnings: [] }

let registry: StubRegistry
let requests: Record<string, unknown>[] = []
let isRunning = true
let isReadable = true

beforeAll(async () => {
  registry = await startStubRegistry()
})

beforeEach(() => {
  requests = []
  isRunning = true
  isReadable = true
  const recorded = (answer: () => object) => (request: object) => {
    requests.push(request as Record<string, unknown>)
    return answer()
  }
  const service = { namespace: 'my-org', name: 'my-service', defaultRevisionTag: '2.0.0', etag: 'e1' }
  const revision = { namespace: 'my-org', name: 'my-service', revisionTag: '2.0.0', generation: 12n }
  const explanation = { rule: 12, description: '2.0.0 is a candidate, and has the bucket 13933.' }
  registry.answer({
    register: recorded(() => ({
      revision: { ...revision, revisionTag: '3.0.0', generation: 0n, heldByRollout: true },
    })),
    setRollout: recorded(() => ({ rollout, moved: 9_500, effect, serviceEtag: 'e2' })),
    getRollout: recorded(() => {
      if (!isReadable) throw refusal(Code.PermissionDenied, 'PERMISSION_DENIED')
      if (!isRunning) throw refusal(Code.NotFound, 'ROLLOUT_NOT_FOUND')
      return { rollout, serviceEtag: 'e1', generation: 12n }
    }),
    endRollout: recorded(() => ({ service, moved: 9_500, effect: { ...effect, defaultRevision: { after: '2.0.0' } } })),
    get: recorded(() => ({ revision: { ...revision, explanation } })),
  })
})

afterAll(() => registry.close())

const run = (...args: readonly string[]) => runInProcess(args, { WAYPOST_REGISTRY: registry.url })
const text = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await run(...args)
  expect([exitCode, stderr], args.join(' ')).toEqual([0, ''])
  return stdout
}

describe('waypost rollout set', () => {
  const candidatesFor = async (...args: readonly string[]) => {
    await text('rollout', 'set', SERVICE, ...args)
    const { candidates } = requests.at(-1) as unknown as SetRolloutRequest
    return candidates.map(({ revisionTag, weight, pinnedKeys }) => [revisionTag, weight, ...pinnedKeys])
  }

  test.for([
    ['10%', 10_000],
    ['100%', 100_000],
    ['0%', 0],
    ['0.001%', 1],
    ['12.5%', 12_500],
    ['33.33%', 33_330],
    ['007%', 7_000],
  ] as const)('%s of the callers is the weight %i', async ([percent, weight]) => {
    isRunning = false
    expect(await candidatesFor(`3.0.0=${percent}`)).toEqual([['3.0.0', weight]])
  })

  test('a candidate of the running rollout keeps its pinned keys, unless the command gives others or none', async () => {
    const candidates = ['2.0.0=50%', '2.2.0=5%']
    expect(await candidatesFor(...candidates)).toEqual([
      ['2.0.0', 50_000, 'user-1', 'user-2'],
      ['2.2.0', 5_000],
    ])
    const pins = ['--pin', '2.0.0=user-3,user-4', '--pin', '2.2.0=a', '--pin', '2.0.0=user=5']
    expect(await candidatesFor(...candidates, ...pins)).toEqual([
      ['2.0.0', 50_000, 'user-3', 'user-4', 'user=5'],
      ['2.2.0', 5_000, 'a'],
    ])
    expect(await candidatesFor('2.0.0=50%', '--pin', '2.0.0=')).toEqual([['2.0.0', 50_000]])
  })

  test('a caller who may not read the running rollout has to give the pinned keys of each candidate', async () => {
    isReadable = false
    const refusedRun = await run('rollout', 'set', SERVICE, '2.0.0=50%', '2.1.0=5%', '--pin', '2.0.0=user-3')
    expect(refusedRun).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('give --pin for each candidate') })
    expect(requests).toHaveLength(1)
    const pins = ['--pin', '2.0.0=user-3', '--pin', '2.1.0=']
    expect(await candidatesFor('2.0.0=50%', '2.1.0=5%', ...pins)).toEqual([
      ['2.0.0', 50_000, 'user-3'],
      ['2.1.0', 5_000],
    ])
  })

  test('waypost rollout set sends its options, and prints the rollout and its effect', async () => {
    const flags = ['--salt', 's1', '--reason', 'Begin with 10 %.', '--etag', 'e1', '--request-id', 'r1']
    expect((await text('rollout', 'set', SERVICE, '2.0.0=10%', ...flags)).split('\n')).toEqual([
      ...shown,
      '  callers that get another revision: 9.5 %',
      '',
    ])
    expect(requests.at(-1)).toMatchObject({ salt: 's1', reason: 'Begin with 10 %.', etag: 'e1', requestId: 'r1' })
    expect(await text('rollout', 'set', SERVICE, '2.0.0=10%', '--dry-run')).toMatch(/only validated: nothing/)
    expect(requests.at(-1)).toMatchObject({ validateOnly: true })
  })
})

test('waypost register says that the default stays, if a rollout runs', async () => {
  expect(await text('register', `${SERVICE}:3.0.0`)).toBe(
    `${SERVICE}:3.0.0\n  default: stays, because a rollout runs: the default policy was not asked\n`,
  )
})

describe('waypost rollout show, end and who', () => {
  test('waypost rollout show prints the shares, the pinned keys and the generation', async () => {
    expect(await text('rollout', 'show', SERVICE)).toBe([...shown, '  generation: 12', ''].join('\n'))
    await text('rollout', 'show', SERVICE, '--at', NOON)
    expect(requests.at(-1)).toMatchObject({ atTime: noon })
    const [answer] = parseJsonLines(await text('rollout', 'show', SERVICE, '--json'))
    expect(answer).toMatchObject({
      generation: 12,
      rollout: { candidates: [{ revision_tag: '2.0.0' }, { held: true }] },
    })
  })

  test('waypost rollout show exits with 3 if no rollout runs', async () => {
    isRunning = false
    expect(await run('rollout', 'show', SERVICE)).toMatchObject({ exitCode: 3, stdout: '' })
  })

  test('waypost rollout end promotes a candidate and prints the effect', async () => {
    expect(await text('rollout', 'end', SERVICE, '--promote', '2.0.0', '--reason', 'It is good.')).toBe(
      [
        `${SERVICE}: the default is 2.0.0`,
        '  default: none → 2.0.0',
        '  callers that get another revision: 9.5 %',
        '',
      ].join('\n'),
    )
    expect(requests).toMatchObject([{ promote: '2.0.0', reason: 'It is good.' }])
  })

  test('waypost rollout who prints the revision of a caller and why', async () => {
    expect(await text('rollout', 'who', SERVICE, 'user-42', '--at', '12')).toBe(
      `${SERVICE}:2.0.0\n  generation: 12\n  why: 2.0.0 is a candidate, and has the bucket 13933.\n`,
    )
    expect(requests).toMatchObject([{ targetingKey: 'user-42', explain: true, atGeneration: 12n, revisionTag: '' }])
  })

  test('waypost get sends the targeting key and the state', async () => {
    await text('get', SERVICE, '--targeting-key', 'user-42', '--at', NOON)
    expect(requests).toMatchObject([{ targetingKey: 'user-42', explain: false, atTime: noon }])
  })
})
