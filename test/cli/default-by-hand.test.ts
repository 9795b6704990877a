import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collect } from '../support/collect.ts'
import { only, refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

beforeAll(async () => {
  registry = await startInProcessRegistry({ defaultPolicy: 'latest-stable' })
})

afterAll(() => registry.stop())

async function registerTwo(name: string): Promise<string> {
  for (const tag of ['1.0.0', '1.1.0']) await registry.client.register(`my-org/${name}:${tag}`)
  return `my-org/${name}`
}

const moved = (before: string, after: string) =>
  `  default: ${before} → ${after}\n  callers that get another revision: 100 %\n`
const effect = (move: object) => ({ default_revision: move, moved: 100_000 })

describe('waypost default', () => {
  test('waypost default set changes the default, and waypost get --explain prints the reason', async () => {
    const service = await registerTwo('set')
    expect(await registry.text('default', 'set', `${service}:1.0.0`, '--reason', '1.1.0 is slow')).toBe(
      `my-org/set: the default is 1.0.0\n${moved('1.1.0', '1.0.0')}`,
    )
    expect(await registry.text('get', service, '--explain')).toBe(
      [
        'my-org/set:1.0.0 (default)',
        '  why: my-org/set:1.0.0 was made the default by hand: 1.1.0 is slow.',
        '  not 1.1.0: the default was set by hand\n',
      ].join('\n'),
    )
  })

  test('waypost default clear leaves the service without a default', async () => {
    const service = await registerTwo('clear')
    expect(await registry.text('default', 'clear', service, '--reason', 'Nobody may call it.')).toBe(
      `my-org/clear: no default\n${moved('1.1.0', 'none')}`,
    )
    expect(await registry.waypost('get', service)).toEqual(refused(3, /Service revision not found/))
  })

  test('waypost default prints the service as JSON', async () => {
    const service = await registerTwo('json')
    const highest = { highest_version: '1.1.0', highest_release: '1.1.0' }
    const common = { namespace: 'my-org', name: 'json', ...highest, revision_count: 2, etag: expect.any(String) }
    expect(await registry.json('default', 'set', `${service}:1.0.0`)).toEqual([
      { ...common, default_revision_tag: '1.0.0', effect: effect({ before: '1.1.0', after: '1.0.0' }) },
    ])
    expect(await registry.json('default', 'clear', service)).toEqual([
      { ...common, effect: effect({ before: '1.0.0' }) },
    ])
  })

  test.for([
    [
      4,
      ['set', 'my-org/unfit:9.0.0'],
      /revision_tag "9\.0\.0" is not a revision of the service; register it/,
      'that is not there',
    ],
    [4, ['set', 'my-org/unfit:1.0.0'], /revision_tag "1\.0\.0" is yanked/, 'that is yanked'],
    [4, ['set', 'my-org/nothing:1.0.0'], /revision_tag "1\.0\.0"/, 'of a service that does not exist'],
    [3, ['clear', 'my-org/nothing'], /no service my-org\/nothing/, 'of a service that does not exist'],
    [2, ['set', 'my-org/unfit'], /use namespace\/name:revision_tag/, 'without a tag'],
    [
      2,
      ['set', 'my-org/unfit:1.1.0', '--reason', 'x'.repeat(1025)],
      /reason has 1025 characters/,
      'at too great length',
    ],
  ] as const)('waypost default exits with %i for %j (a default %s)', async ([exitCode, args, why]) => {
    await registerTwo('unfit')
    await registry.client.revisions.yank('my-org/unfit:1.0.0')
    expect(await registry.waypost('default', ...args)).toEqual(refused(exitCode, why))
  })
})

describe('--validate-only', () => {
  // The output must not sound as if the change was made. It contains "would" or "only validated" instead.
  const notDone = /would|validated/

  test.for([
    ['register', 'my-org/dry:1.2.0'],
    ['default', 'set', 'my-org/dry:1.0.0'],
    ['default', 'clear', 'my-org/dry'],
    ['alias', 'set', 'my-org/dry', 'beta', '--tag', '1.0.0'],
    ['alias', 'delete', 'my-org/dry', 'old'],
    ['update', 'my-org/dry:1.1.0', '--label', 'tier=web'],
    ['deprecate', 'my-org/dry:1.1.0'],
    ['yank', 'my-org/dry:1.1.0'],
    ['unyank', 'my-org/dry:1.0.0'],
  ] as const)('waypost %s %s with --validate-only prints the effect and changes nothing', async (args) => {
    const service = await registerTwo('dry')
    await registry.client.aliases.set(service, 'old', { revisionTag: '1.0.0' })
    const state = () =>
      Promise.all([
        collect(registry.client.revisions.list(service, { view: 'FULL' })),
        registry.client.aliases.list(service),
        collect(registry.client.services.list()),
      ])
    const before = await state()
    expect(await registry.json(...args, '--validate-only')).toHaveLength(1)
    expect.soft(await registry.text(...args, '--validate-only')).toMatch(notDone)
    expect(await state()).toEqual(before)
  })

  test('a change with --validate-only is refused in the same way as the change itself', async () => {
    const service = await registerTwo('dry-refused')
    expect(await registry.waypost('default', 'set', `${service}:9.0.0`, '--validate-only')).toEqual(
      refused(4, /revision_tag "9\.0\.0"/),
    )
  })
})

describe('waypost policy test', () => {
  test.for([
    ['2.0.0-rc.1', false],
    ['2.0.0', true],
    ['1.0.5', false],
    ['main', false],
  ] as const)(
    'waypost policy test prints whether %s would become the default (%s), and registers nothing',
    async ([tag, becomes]) => {
      const service = await registerTwo('asked')
      const sruid = `${service}:${tag}`
      const decision = { policy: 'latest-stable', becomes_default: becomes }
      const told = { current_default: '1.1.0', highest_version: '1.1.0', highest_release: '1.1.0' }
      expect(only(await registry.json('policy', 'test', sruid))).toEqual({ ...decision, ...told })
      expect(await registry.text('policy', 'test', sruid)).toBe(
        `${sruid} would ${becomes ? 'become' : 'not become'} the default by latest-stable: the default is 1.1.0, the highest version is 1.1.0, the highest release is 1.1.0\n`,
      )
      await expect(registry.client.get(sruid)).rejects.toMatchObject({ code: 'not_found' })
      expect(await registry.client.get(service)).toMatchObject({ revisionTag: '1.1.0' })
    },
  )

  test('waypost policy test works for a service that does not exist yet', async () => {
    expect(await registry.text('policy', 'test', 'my-org/new:1.0.0')).toMatch(/^my-org\/new:1\.0\.0 would become /)
  })

  test('waypost policy test exits with 2 for a reference that is not a revision', async () => {
    expect(await registry.waypost('policy', 'test', 'my-org/asked')).toEqual(refused(2, /use namespace\/name/))
  })
})
