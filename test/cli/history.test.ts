import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry
/** The time of each generation of the service, from 1. */
const times: string[] = []

const SERVICE = 'my-org/told'

// Times are whole milliseconds. Each change of these tests gets another one.
const pause = () => new Promise((resolve) => setTimeout(resolve, 2))

beforeAll(async () => {
  registry = await startInProcessRegistry()
  const { client } = registry
  const changes = [
    () => client.register(`${SERVICE}:1.0.0`, { labels: { tier: 'web' } }),
    () => client.register(`${SERVICE}:1.1.0`),
    () => client.aliases.set(SERVICE, 'stable', { follows: '^1' }),
    () => client.defaults.set(`${SERVICE}:1.0.0`, { reason: '1.1.0 is\nslow', requestId: 'r1' }),
    () => client.revisions.yank(`${SERVICE}:1.1.0`, { reason: 'It loses data.' }),
  ]
  for (const change of changes) {
    await change()
    await pause()
  }
  for await (const { time } of client.history.list(SERVICE)) times.unshift(time?.toISOString() ?? '')
})

afterAll(() => registry.stop())

const at = (generation: number) => times[generation - 1] ?? ''

const listed = {
  5: ['revision-yanked 1.1.0  by anonymous: It loses data.', 'aliases.stable: ^1 (1.1.0) → ^1 (1.0.0)'],
  4: ['default-set  by anonymous: 1.1.0 is slow', 'default: 1.1.0 → 1.0.0'],
  3: ['alias-set stable  by anonymous', 'aliases.stable: none → ^1 (1.1.0)'],
  2: ['revision-registered 1.1.0  by anonymous', 'default: 1.0.0 → 1.1.0'],
  1: ['revision-registered 1.0.0  by anonymous', 'default: none → 1.0.0'],
} as const

const generationsOf = (text: string) => [...text.matchAll(/^(\d+) {2}/gm)].map(([, generation]) => Number(generation))

describe('waypost log', () => {
  test('waypost log prints the changes, the newest first, with their reasons and differences', async () => {
    const lines = (await registry.text('log', SERVICE)).split('\n')
    for (const [generation, [title, difference]] of Object.entries(listed)) {
      expect(lines).toContain(`${generation}  ${at(Number(generation))}  ${title}`)
      expect(lines).toContain(`    ${difference}`)
    }
    expect(generationsOf(lines.join('\n'))).toEqual([5, 4, 3, 2, 1])
    expect(lines).toContain('    labels.tier: none → web')
  })

  test.for([
    [
      ['--revision', '1.1.0'],
      [5, 2],
    ],
    [
      ['--alias', 'stable'],
      [5, 3],
    ],
    [['--event', 'default-set'], [4]],
    [['--by', 'somebody'], []],
    [
      ['--by', 'anonymous', '--limit', '2'],
      [5, 4],
    ],
    [['--revision', '1.1.0', '--event', 'revision-yanked'], [5]],
  ] as const)('waypost log with %j prints the generations %j', async ([flags, generations]) => {
    expect(generationsOf(await registry.text('log', SERVICE, ...flags))).toEqual(generations)
  })

  test('waypost log prints the changes after --since and before --until', async () => {
    expect(generationsOf(await registry.text('log', SERVICE, '--since', at(2), '--until', at(5)))).toEqual([4, 3])
  })

  test('waypost log prints JSON with the keys of the API', async () => {
    const { changes } = await registry.rest(`/services/${SERVICE}/changes`)
    expect(await registry.json('log', SERVICE)).toEqual(changes)
  })

  test.for([
    [3, ['my-org/nothing'], /Service revision not found/],
    [2, [SERVICE, '--alias', 'a b'], /--alias "a b" is not valid/],
    [2, [SERVICE, '--revision', '-'], /--revision "-" is not valid/],
  ] as const)('waypost log exits with %i for %j', async ([exitCode, args, why]) => {
    expect(await registry.waypost('log', ...args)).toEqual(refused(exitCode, why))
  })
})

describe('waypost diff', () => {
  const forwards = [
    'default: 1.1.0 → 1.0.0',
    'aliases.stable: none → ^1 (1.0.0)',
    'highest_version: 1.1.0 → 1.0.0',
    'highest_release: 1.1.0 → 1.0.0',
    '1.1.0 state: active → yanked',
    '1.1.0 yank: none → It loses data.',
    '',
  ]

  test('waypost diff prints the differences of the service, then those of its revisions', async () => {
    expect((await registry.text('diff', SERVICE, '2', '5')).split('\n')).toEqual(forwards)
    expect((await registry.text('diff', SERVICE, at(2), at(5))).split('\n')).toEqual(forwards)
    expect((await registry.text('diff', SERVICE, '2', at(5))).split('\n')).toEqual(forwards)
    expect(await registry.json('diff', SERVICE, '4', '5')).toEqual([
      { field: 'aliases.stable', before: '^1 → 1.1.0', after: '^1 → 1.0.0' },
      { field: 'highest_version', before: '1.1.0', after: '1.0.0' },
      { field: 'highest_release', before: '1.1.0', after: '1.0.0' },
      { revision_tag: '1.1.0', field: 'state', before: 'active', after: 'yanked' },
      { revision_tag: '1.1.0', field: 'yank', after: 'It loses data.' },
    ])
  })

  test('waypost diff from a later state to an earlier one prints what goes back', async () => {
    const expected = ['default: 1.0.0 → 1.1.0', 'aliases.stable: ^1 (1.1.0) → none', '']
    expect((await registry.text('diff', SERVICE, '4', '2')).split('\n')).toEqual(expected)
    expect((await registry.text('diff', SERVICE, at(4), at(2))).split('\n')).toEqual(expected)
  })

  test('waypost diff says so if there is no difference', async () => {
    expect(await registry.text('diff', SERVICE, '3', '3')).toBe('no differences\n')
    expect(await registry.json('diff', SERVICE, '3', '3')).toEqual([])
  })

  test('waypost diff compares a time with a generation in both orders', async () => {
    const expected = ['default: 1.0.0 → 1.1.0', 'aliases.stable: ^1 (1.1.0) → none', '']
    expect((await registry.text('diff', SERVICE, at(4), '2')).split('\n')).toEqual(expected)
    expect((await registry.text('diff', SERVICE, '4', at(2))).split('\n')).toEqual(expected)
    expect(await registry.text('diff', SERVICE, at(4), '4')).toBe('no differences\n')
  })

  test.for([
    [3, '99', /the generation 99 is beyond the newest generation of my-org\/told; use 1 to 5\./],
    [3, '2020-01-01T00:00:00Z', /the time 2020-01-01T00:00:00\.000Z is before the first change of my-org\/told/],
    [2, '2999-01-01T00:00:00Z', /the time 2999-01-01T00:00:00\.000Z is in the future/],
    [2, '2026-02-30T00:00:00Z', /the state "2026-02-30T00:00:00Z" is not valid/],
  ] as const)('waypost diff exits with %i for the state %s beside a generation and beside a time', async (row) => {
    const [exitCode, state, why] = row
    for (const other of ['1', at(2)]) {
      expect(await registry.waypost('diff', SERVICE, other, state)).toEqual(refused(exitCode, why))
      expect(await registry.waypost('diff', SERVICE, state, other)).toEqual(refused(exitCode, why))
    }
    expect(await registry.waypost('diff', 'my-org/nothing', '1', '2')).toEqual(refused(3, /not found/))
  })
})

describe('--at', () => {
  test('waypost get, alias and revisions print an earlier state by its generation and by its time', async () => {
    for (const point of ['3', at(3)]) {
      const flags = ['--at', point]
      expect(await registry.text('get', SERVICE, ...flags)).toMatch(/^my-org\/told:1\.1\.0 \(default\)\n/)
      expect(await registry.text('get', SERVICE, '--range', '^1', ...flags)).toMatch(/^my-org\/told:1\.1\.0 /)
      expect(await registry.text('alias', 'get', SERVICE, 'stable', ...flags)).toBe(
        'stable: 1.1.0 (follows ^1)\n  generation: 3\n',
      )
      expect(await registry.text('alias', 'list', SERVICE, ...flags)).toBe('stable: 1.1.0 (follows ^1)\n')
      expect(await registry.text('revisions', SERVICE, ...flags)).toMatch(/\n1\.1\.0 +yes +active /)
    }
    expect(await registry.text('revisions', SERVICE)).toMatch(/\n1\.1\.0 + yanked /)
    expect(await registry.text('alias', 'list', SERVICE, '--at', '2')).toBe('')
    expect(await registry.text('revisions', SERVICE, '--at', '1')).not.toContain('1.1.0')
  })

  test.for([
    [3, '99', /Service revision not found\. --at 99 is beyond the newest generation/],
    [3, '2020-01-01T00:00:00Z', /Service revision not found\. --at 2020-.* is before the first change/],
    [2, '2999-01-01T00:00:00Z', /--at .*future/],
    [2, '2026-02-30T00:00:00Z', /--at "2026-02-30T00:00:00Z" is not valid/],
  ] as const)('waypost get exits with %i for --at %s', async ([exitCode, point, why]) => {
    expect(await registry.waypost('get', SERVICE, '--at', point)).toEqual(refused(exitCode, why))
  })
})

describe('waypost rollout', () => {
  test('waypost begins, shows and ends a rollout, and tells who gets which revision and why', async () => {
    const service = 'my-org/rolled'
    await registry.client.register(`${service}:1.0.0`)
    await registry.client.register(`${service}:2.0.0`, { isDefault: false })
    const flags = ['--salt', 's1', '--pin', '2.0.0=user-1', '--reason', 'Begin with 20 %']
    const set = await registry.text('rollout', 'set', service, '2.0.0=20%', ...flags)
    expect(set).toMatch(
      /\n {2}2\.0\.0: 20 %, and always user-1\n[\s\S]*\n {2}callers that get another revision: 20 %\n$/,
    )
    const tagOf = async (key: string, ...at: readonly string[]) => {
      const [title] = (await registry.text('rollout', 'who', service, key, ...at)).split('\n')
      return title?.slice(service.length + 1)
    }
    // Their buckets are 13933, 16728 and 89799.
    expect([await tagOf('user-42'), await tagOf('user-2'), await tagOf('user-1')]).toEqual(['2.0.0', '2.0.0', '2.0.0'])
    expect(await registry.text('rollout', 'set', service, '2.0.0=15%')).toContain('always user-1')
    expect([await tagOf('user-42'), await tagOf('user-2')]).toEqual(['2.0.0', '1.0.0 (default)'])
    expect(await tagOf('user-2', '--at', '3')).toBe('2.0.0')
    expect(await registry.text('rollout', 'end', service, '--promote', '2.0.0')).toBe(
      [
        `${service}: the default is 2.0.0`,
        '  default: 1.0.0 → 2.0.0',
        '  callers that get another revision: 85 %',
        '',
      ].join('\n'),
    )
    expect(await registry.waypost('rollout', 'show', service)).toEqual(refused(3, /rollout/))
    expect(await registry.text('diff', service, '2', '5')).toContain('default: 1.0.0 → 2.0.0\n')
  })
})

describe('a question on a terminal', () => {
  test('a change of the service during the question is noticed, and nothing else is changed', async () => {
    const service = 'my-org/asked'
    for (const tag of ['1.0.0', '2.0.0']) await registry.client.register(`${service}:${tag}`)
    async function* answerLate() {
      await registry.client.register(`${service}:3.0.0`)
      yield 'y\n'
    }
    const args = ['default', 'set', `${service}:1.0.0`]
    const { exitCode, stderr } = await registry.typed(args, { typed: answerLate() })
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('the service has changed since')])
    const events = (await registry.json('log', service)).map(({ event }) => event)
    expect(events).toEqual(Array(3).fill('REVISION_REGISTERED'))
  })
})

describe('--request-id on a terminal', () => {
  test('a change with a request id can be repeated on a terminal, and is made once', async () => {
    const service = 'my-org/repeated'
    for (const tag of ['1.0.0', '2.0.0']) await registry.client.register(`${service}:${tag}`)
    const args = ['default', 'set', `${service}:1.0.0`, '--request-id', 'r2']
    const answerYes = async function* () {
      yield 'y\n'
    }
    for (const _ of [1, 2]) {
      const { exitCode, stdout, stderr } = await registry.typed(args, { typed: answerYes() })
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(stdout).toContain(`${service}: the default is 1.0.0\n  default: 2.0.0 → 1.0.0\n`)
    }
    expect(await registry.json('log', service)).toHaveLength(3)
  })
})

describe('waypost revert', () => {
  test('waypost revert restores the choices of a generation, and --dry-run only shows the effect', async () => {
    const service = 'my-org/reverted'
    for (const tag of ['1.0.0', '2.0.0']) await registry.client.register(`${service}:${tag}`)
    await registry.client.aliases.set(service, 'old', { revisionTag: '1.0.0' })
    const shown = (verb: string) => [
      `${service}: the default is 1.0.0`,
      `  the choices of generation 1 ${verb} restored`,
      '  default: 2.0.0 → 1.0.0',
      '  alias old: 1.0.0 → none',
      '  callers that get another revision: 100 %',
    ]
    const dry = await registry.text('revert', service, '--to', '1', '--dry-run')
    expect(dry.split('\n')).toEqual([...shown('would be'), 'only validated: nothing was changed', ''])
    expect((await registry.client.get(service)).revisionTag).toBe('2.0.0')
    const done = await registry.text('revert', service, '--to', '1', '--reason', '2.0.0 is slow')
    expect(done.split('\n')).toEqual([...shown('are'), ''])
    const [change] = await registry.json('log', service, '--limit', '1')
    expect(change).toMatchObject({ event: 'CHOICES_REVERTED', reason: '2.0.0 is slow' })
    expect(await registry.json('revert', service, '--to', '3')).toMatchObject([
      { generation: 3, moved: 100_000, service: { default_revision_tag: '2.0.0' } },
    ])
  })

  test.for([
    [4, '2', /^--to .*"1\.1\.0", which is yanked/],
    [3, '99', /--to 99 is beyond/],
    [2, '2999-01-01T00:00:00Z', /--to .*future/],
  ] as const)('waypost revert exits with %i for --to %s, and changes nothing', async ([exitCode, to, why]) => {
    const { exitCode: code, stdout, stderr } = await registry.waypost('revert', SERVICE, '--to', to)
    expect([code, stdout, stderr.replace('waypost: ', '')]).toEqual([exitCode, '', expect.stringMatching(why)])
    expect(await registry.json('log', SERVICE)).toHaveLength(5)
  })
})
