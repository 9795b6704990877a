import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

beforeAll(async () => {
  registry = await startInProcessRegistry()
  const { client } = registry
  const revisions = { '1.2.0': 'web', '1.3.0': 'api', '2.0.0-beta.1': 'web', '1.2.9': 'web', '1.4.0': 'web' }
  for (const [tag, tier] of Object.entries(revisions)) {
    await client.register(`my-org/chosen:${tag}`, { labels: { tier } })
  }
  await client.revisions.yank('my-org/chosen:1.4.0', { reason: 'It loses data.' })
  await client.aliases.set('my-org/chosen', 'stable', { follows: '^1' })
  await client.aliases.set('my-org/chosen', 'production', { revisionTag: '1.2.0' })
})

afterAll(() => registry.stop())

const get = (...flags: readonly string[]) => ['get', 'my-org/chosen', ...flags]

describe('waypost get', () => {
  test.for([
    [get(), '2.0.0-beta.1', 'the default'],
    [['get', 'my-org/chosen:1.2.0'], '1.2.0', 'the named revision'],
    [['get', 'my-org/chosen:1.4.0'], '1.4.0', 'the named revision, although it is yanked'],
    [get('--range', '^1.2'), '1.3.0', 'the highest of the range that is not yanked'],
    [get('--range', '>=1.2'), '1.3.0', 'no pre-release that the range does not name'],
    [get('--range', '>=2.0.0-0'), '2.0.0-beta.1', 'a pre-release that the range names'],
    [get('--range', '>1', '--include-prerelease'), '2.0.0-beta.1', 'a pre-release, because all are included'],
    [get('--range', '~1.2 || 9.x'), '1.2.9', 'the highest of one alternative'],
    [get('--alias', 'stable'), '1.3.0', 'the highest version of the range of an alias'],
    [get('--alias', 'production'), '1.2.0', 'the tag of a fixed alias'],
    [get('--range', '^1', '--selector', 'tier in (web, api), !canary'), '1.3.0', 'the highest with such labels'],
    [get('--range', '^1', '--selector', 'tier!=api'), '1.2.9', 'the highest without such a label'],
  ] as const)('%j prints %s (%s)', async ([args, tag]) => {
    expect((await registry.text(...args)).split(/[ \n]/)[0]).toBe(`my-org/chosen:${tag}`)
  })

  test.for([
    [
      2,
      ['get', 'my-org/chosen:1.2.0', '--range', '^1'],
      /--range cannot be used with the tag "1\.2\.0"; give one of them/,
    ],
    [2, get('--range', '^1', '--alias', 'stable'), /--alias cannot be used with --range; give one of them/],
    [2, get('--range', '>>1'), /--range ">>1" is not valid/],
    [2, get('--range', `1${' '.repeat(256)}`), /--range has 257 characters; use at most 256\./],
    [2, get('--alias', 'default'), /--alias "default" is not valid/],
    [2, get('--selector', 'tier in (web'), /--selector "tier in \(web" is not valid/],
    [2, get('--include-prerelease'), /--include-prerelease needs --range; give both/],
    [3, get('--range', '^7'), /Service revision not found. .* has no revision in the range/],
    [3, get('--alias', 'nothing'), /Service revision not found. .* has no alias "nothing"/],
    [3, get('--selector', 'tier=api'), /Service revision not found/],
    [3, ['get', 'my-org/nothing', '--range', '^1'], /Service revision not found. There is no service/],
  ] as const)('waypost get exits with %i for %j', async ([exitCode, args, why]) => {
    expect(await registry.waypost(...args)).toEqual(refused(exitCode, why))
  })

  test('waypost get prints JSON for every selector, and nothing on stdout for an error', async () => {
    for (const flags of [
      ['--range', '^1.2'],
      ['--alias', 'stable'],
      ['--selector', 'tier=web', '--range', '<1.3'],
    ]) {
      const query = { '--range': 'version_range', '--alias': 'alias', '--selector': 'label_selector' } as const
      const search = new URLSearchParams()
      for (const [at, flag] of flags.entries())
        if (flag in query) search.set(query[flag as '--range'], flags[at + 1] ?? '')
      expect(await registry.json(...get(...flags))).toEqual([await registry.rest(`/services/my-org/chosen?${search}`)])
    }
    expect(await registry.waypost(...get('--range', '^7', '--json'))).toMatchObject({ exitCode: 3, stdout: '' })
  })
})

describe('waypost get --explain', () => {
  test('waypost get --explain prints the rule and why each better candidate was not chosen', async () => {
    expect(await registry.text(...get('--range', '^1', '--selector', 'tier=web', '--explain'))).toBe(
      [
        'my-org/chosen:1.2.9',
        '  labels: tier=web',
        '  why: 1.2.9 is the highest version of the range "^1".',
        '  not 1.4.0: it is yanked: It loses data.',
        '  not 1.3.0: its labels do not meet the label selector "tier=web"',
        '  not 2.0.0-beta.1: it is outside the range "^1"\n',
      ].join('\n'),
    )
  })

  test.for([
    [get(), 'DEFAULT_BY_POLICY'],
    [['get', 'my-org/chosen:1.2.0'], 'REVISION_TAG'],
    [get('--range', '^1'), 'VERSION_RANGE'],
    [get('--alias', 'stable'), 'ALIAS_FOLLOWS'],
    [get('--alias', 'production'), 'ALIAS_FIXED'],
  ] as const)('%j with --explain and --json prints the rule %s', async ([args, rule]) => {
    expect(only(await registry.json(...args, '--explain'))).toMatchObject({ explanation: { rule } })
  })

  test('the explanation in JSON has the keys of the API', async () => {
    expect(only(await registry.json(...get('--range', '^1', '--explain')))).toEqual(
      await registry.rest('/services/my-org/chosen?version_range=%5E1&explain=true'),
    )
  })

  test('waypost get prints no explanation without --explain', async () => {
    expect(only(await registry.json(...get('--range', '^1')))).not.toHaveProperty('explanation')
  })
})
