import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, refused, runShell } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

const LONG = `1.0.0-${'x'.repeat(100)}`
/** More than two pages of the API, and than two parts of a table. */
const MANY = 250

beforeAll(async () => {
  registry = await startInProcessRegistry()
  const { client } = registry
  const small = { '1.10.0': 'web', '1.9.0': 'api', '2.0.0-rc.1': 'web', main: 'api', '0.1.0': 'web' }
  for (const [tag, tier] of Object.entries(small)) await client.register(`my-org/small:${tag}`, { labels: { tier } })
  await client.revisions.yank('my-org/small:1.9.0')
  await client.revisions.deprecate('my-org/small:0.1.0', { message: 'It gets no fixes.' })
  await client.register('my-org/tiny:1.0.0', { isDefault: false })
  await client.register('your-org/small:1.0.0')
  // The newest has the long tag and the only default, so that each column is widest in the first part of the table.
  for (let index = 1; index < MANY; index++) await client.register(`many/long:1.0.${index}`, { isDefault: false })
  await client.register(`many/long:${LONG}`, { isDefault: true })
})

afterAll(() => registry.stop())

const rowsOf = (text: string) => text.split('\n').slice(0, -1)
const firstWords = (text: string) => rowsOf(text).map((row) => row.split(' ')[0])

describe('waypost namespaces', () => {
  test('waypost namespaces prints each namespace once and in order', async () => {
    expect(await registry.text('namespaces')).toBe('NAMESPACE\nmany\nmy-org\nyour-org\n')
    expect(await registry.json('namespaces')).toEqual([
      { namespace: 'many' },
      { namespace: 'my-org' },
      { namespace: 'your-org' },
    ])
  })
})

describe('waypost services', () => {
  test('waypost services prints the default, the versions and the revision count of each service', async () => {
    expect(await registry.text('services', '--prefix', 'my-org/')).toBe(
      [
        'SERVICE       DEFAULT     HIGHEST     REVISIONS',
        'my-org/small  2.0.0-rc.1  2.0.0-rc.1  5',
        'my-org/tiny   -           1.0.0       1\n',
      ].join('\n'),
    )
    expect(await registry.json('services', '--prefix', 'my-org/s')).toEqual([
      {
        ...{ namespace: 'my-org', name: 'small', default_revision_tag: '2.0.0-rc.1', revision_count: 5 },
        ...{ highest_version: '2.0.0-rc.1', highest_release: '1.10.0', etag: expect.any(String) },
      },
    ])
  })

  test.for([
    [['--selector', 'tier=web'], ['my-org/small'], 'the labels of the default'],
    [['--selector', '!tier', '--prefix', 'my-org/'], [], 'a service without a default has no labels'],
    [['--prefix', 'your'], ['your-org/small'], 'a part of a namespace'],
    [['--prefix', 'none'], [], 'nothing at all'],
    [['--limit', '2'], ['many/long', 'my-org/small'], 'the first two'],
  ] as const)('waypost services %j lists %j (%s)', async ([flags, services]) => {
    expect(firstWords(await registry.text('services', ...flags))).toEqual(['SERVICE', ...services])
  })
})

describe('waypost revisions', () => {
  test.for([
    [[], ['0.1.0', 'main', '2.0.0-rc.1', '1.9.0', '1.10.0'], 'the newest first'],
    [['--order', 'version'], ['2.0.0-rc.1', '1.10.0', '1.9.0', '0.1.0', 'main'], 'the highest version first'],
    [['--state', 'active'], ['main', '2.0.0-rc.1', '1.10.0'], 'active revisions'],
    [['--state', 'yanked'], ['1.9.0'], 'yanked revisions'],
    [['--state', 'deprecated'], ['0.1.0'], 'deprecated revisions'],
    [['--selector', 'tier=api'], ['main', '1.9.0'], 'revisions with such labels'],
    [['--selector', 'tier=web', '--state', 'active', '--limit', '1'], ['2.0.0-rc.1'], 'all filters at once'],
  ] as const)('waypost revisions %j lists %j (%s)', async ([flags, tags]) => {
    expect(firstWords(await registry.text('revisions', 'my-org/small', ...flags))).toEqual(['REVISION', ...tags])
  })

  test('waypost revisions prints complete JSON with one revision a line', async () => {
    const revision = only(await registry.json('revisions', 'my-org/small', '--state', 'deprecated'))
    expect(revision).toEqual(await registry.rest('/services/my-org/small?revision_tag=0.1.0&view=FULL'))
  })

  test.for([99, 100, 101, 200])(
    'waypost revisions prints %i of many revisions, whatever the size of pages and tables',
    async (limit) => {
      const printed = await registry.text('revisions', 'many/long', '--limit', `${limit}`)
      expect(new Set(firstWords(printed)).size).toBe(limit + 1)
      expect(rowsOf(printed)).toHaveLength(limit + 1)
    },
  )

  test('waypost revisions prints all of many revisions, each once and in order', async () => {
    const tags = Array.from({ length: MANY - 1 }, (_, index) => `1.0.${MANY - 1 - index}`)
    expect((await registry.json('revisions', 'many/long')).map((each) => each.revision_tag)).toEqual([LONG, ...tags])
    expect(firstWords(await registry.text('revisions', 'many/long'))).toEqual(['REVISION', LONG, ...tags])
  })

  test('waypost revisions keeps every row of a long table below its header', async () => {
    const [header = '', ...rows] = rowsOf(await registry.text('revisions', 'many/long'))
    const [state, registered] = [header.indexOf('STATE'), header.indexOf('REGISTERED')]
    for (const row of rows) {
      expect(row.slice(state).split(' ')[0], row).toBe('active')
      expect(row.slice(registered), row).toMatch(/^\d{4}-\d\d-\d\dT/)
    }
  })

  test('waypost revisions ends without a message if its reader stops', async () => {
    const args = ['revisions', 'many/long', '--json']
    const { stderr } = await runShell('"$@" | head -n 1', args, { WAYPOST_REGISTRY: registry.url })
    expect(stderr).toBe('')
  })

  test.for([
    [3, ['my-org/nothing'], /no service my-org\/nothing/],
    [2, ['my-org/small', '--selector', 'tier in ('], /--selector "tier in \(" is not valid/],
    [2, ['My-Org/small'], /namespace "My-Org" is not valid/],
  ] as const)('waypost revisions exits with %i for %j', async ([exitCode, args, why]) => {
    expect(await registry.waypost('revisions', ...args)).toEqual(refused(exitCode, why))
  })

  test.for([
    ['--state', 'deleted'],
    ['--order', 'oldest'],
    ['--limit', '0'],
    ['--limit', '-1'],
    ['--limit', '1.5'],
    ['--limit', 'all'],
  ] as const)('waypost revisions exits with 2 for %s %s', async (flags) => {
    expect(await registry.waypost('revisions', 'my-org/small', ...flags)).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
