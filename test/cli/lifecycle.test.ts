import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

beforeAll(async () => {
  registry = await startInProcessRegistry()
})

afterAll(() => registry.stop())

async function registerThree(name: string): Promise<string> {
  for (const tag of ['1.0.0', '1.1.0', '1.2.0']) await registry.client.register(`my-org/${name}:${tag}`)
  return `my-org/${name}`
}

const etagOf = async (sruid: string) => (await registry.client.get(sruid, { view: 'FULL' })).etag ?? ''

describe('waypost deprecate', () => {
  test('waypost deprecate shows callers the replacement until the deprecation is removed', async () => {
    const service = await registerThree('old')
    const told = '  state: deprecated, use 1.1.0: It gets no fixes.\n'
    const flags = ['--reason', 'It gets no fixes.', '--replacement', '1.1.0']
    expect(await registry.text('deprecate', `${service}:1.0.0`, ...flags)).toBe(`${service}:1.0.0\n${told}`)
    expect(await registry.text('get', service, '--range', '<1.1')).toBe(`${service}:1.0.0\n${told}`)
    expect(only(await registry.json('get', `${service}:1.0.0`))).toMatchObject({
      state: 'DEPRECATED',
      deprecation: { message: 'It gets no fixes.', replacement: '1.1.0' },
    })
    expect(await registry.text('undeprecate', `${service}:1.0.0`)).toBe(`${service}:1.0.0\n`)
    expect(only(await registry.json('get', `${service}:1.0.0`))).not.toHaveProperty('deprecation')
  })

  test.for([
    [3, ['my-org/unfit:9.0.0'], /Service revision not found/, 'a revision that does not exist'],
    [4, ['my-org/unfit:1.0.0', '--replacement', '9.0.0'], /replacement "9\.0\.0"/, 'a replacement that does not exist'],
    [4, ['my-org/unfit:1.0.0', '--replacement', '1.2.0'], /replacement "1\.2\.0" is yanked/, 'a yanked replacement'],
    [2, ['my-org/unfit:1.0.0', '--reason', 'x'.repeat(1025)], /--reason has 1025 characters/, 'a long message'],
  ] as const)('waypost deprecate exits with %i for %j', async ([exitCode, args, why]) => {
    await registerThree('unfit')
    await registry.client.revisions.yank('my-org/unfit:1.2.0')
    expect(await registry.waypost('deprecate', ...args)).toEqual(refused(exitCode, why))
  })
})

const moved = (before: string, after: string) =>
  `  default: ${before} → ${after}\n  callers that get another revision: 100 %\n`

describe('waypost yank', () => {
  test('waypost yank moves the default to the next choice of the policy and prints it', async () => {
    const service = await registerThree('moved')
    expect(await registry.text('yank', `${service}:1.2.0`, '--reason', 'It loses data.')).toBe(
      `${service}:1.2.0\n  state: yanked: It loses data.\n${moved('1.2.0', '1.1.0')}`,
    )
    expect(await registry.text('get', service)).toBe(`${service}:1.1.0 (default)\n`)
    expect(await registry.text('get', service, '--range', '*')).toBe(`${service}:1.1.0 (default)\n`)
    expect(await registry.text('get', `${service}:1.2.0`)).toBe(`${service}:1.2.0\n  state: yanked: It loses data.\n`)
  })

  test('waypost yank tells which aliases move, and nothing of the default if it stays', async () => {
    const service = await registerThree('stays')
    await registry.client.aliases.set(service, 'old', { follows: '<1.2' })
    expect(await registry.text('yank', `${service}:1.1.0`)).toBe(
      `${service}:1.1.0\n  state: yanked\n  alias old: 1.1.0 → 1.0.0\n`,
    )
    await registry.client.aliases.delete(service, 'old')
    expect(await registry.text('yank', `${service}:1.0.0`)).toBe(`${service}:1.0.0\n  state: yanked\n`)
  })

  test('waypost yank can clear the default, and waypost unyank does not bring it back', async () => {
    const service = await registerThree('cleared')
    expect(await registry.text('yank', `${service}:1.2.0`, '--if-default', 'clear')).toBe(
      `${service}:1.2.0\n  state: yanked\n${moved('1.2.0', 'none')}`,
    )
    expect(await registry.text('unyank', `${service}:1.2.0`)).toBe(`${service}:1.2.0\n`)
    expect(await registry.waypost('get', service)).toEqual(refused(3, /Service revision not found/))
    expect(await registry.text('get', service, '--range', '*')).toBe(`${service}:1.2.0\n`)
  })

  test('waypost yank and waypost unyank keep a deprecation', async () => {
    const service = await registerThree('both')
    const deprecated = '  state: deprecated, use 1.2.0: It gets no fixes.\n'
    await registry.client.revisions.deprecate(`${service}:1.0.0`, {
      message: 'It gets no fixes.',
      replacement: '1.2.0',
    })
    await registry.client.revisions.yank(`${service}:1.0.0`, { reason: 'It loses data.' })
    expect(await registry.text('get', `${service}:1.0.0`)).toBe(
      `${service}:1.0.0\n  state: yanked: It loses data.\n${deprecated}`,
    )
    expect(only(await registry.json('get', `${service}:1.0.0`))).toMatchObject({
      ...{ state: 'YANKED', yank: { reason: 'It loses data.' } },
      deprecation: { message: 'It gets no fixes.', replacement: '1.2.0' },
    })
    expect(await registry.text('unyank', `${service}:1.0.0`)).toBe(`${service}:1.0.0\n${deprecated}`)
  })

  test('waypost yank prints the revision and the default as JSON', async () => {
    const service = await registerThree('json')
    expect(only(await registry.json('yank', `${service}:1.2.0`, '--reason', 'bad'))).toMatchObject({
      revision: { revision_tag: '1.2.0', is_default: false, state: 'YANKED', yank: { reason: 'bad' } },
      default_revision_tag: '1.1.0',
    })
    const cleared = only(await registry.json('yank', `${service}:1.1.0`, '--if-default', 'clear'))
    expect(cleared).toMatchObject({ revision: { revision_tag: '1.1.0' } })
    expect(cleared).not.toHaveProperty('default_revision_tag')
    expect(only(await registry.json('unyank', `${service}:1.2.0`))).toMatchObject({ revision_tag: '1.2.0' })
  })

  test('waypost yank, unyank and undeprecate exit with 3 for a revision that does not exist', async () => {
    for (const command of ['yank', 'unyank', 'undeprecate']) {
      expect(await registry.waypost(command, 'my-org/moved:9.0.0')).toEqual(refused(3, /Service revision not found/))
    }
  })
})

describe('waypost delete', () => {
  test('waypost delete removes only a yanked revision that has no alias and the given etag', async () => {
    const [service, sruid] = [await registerThree('gone'), 'my-org/gone:1.0.0']
    const old = await etagOf(sruid)
    expect(await registry.waypost('delete', sruid)).toEqual(refused(2, /etag/))
    expect(await registry.waypost('delete', sruid, '--etag', old)).toEqual(
      refused(4, /is active, not yanked; yank it before you delete it/),
    )
    await registry.client.revisions.yank(sruid)
    expect(await registry.waypost('delete', sruid, '--etag', old)).toEqual(
      refused(4, /etag .* is not the current etag/),
    )
    expect(await registry.waypost('delete', sruid, '--etag', await etagOf(`${service}:1.1.0`))).toEqual(
      refused(4, /is not the current etag/),
    )
    const etag = await etagOf(sruid)
    expect(await registry.text('delete', sruid, '--etag', etag, '--validate-only')).toBe(`${sruid}: would be deleted\n`)
    expect(await registry.text('delete', sruid, '--etag', etag)).toBe(`${sruid}: deleted\n`)
    expect(await registry.waypost('get', sruid)).toEqual(refused(3, /Service revision not found/))
    expect(await registry.waypost('delete', sruid, '--etag', etag)).toMatchObject({ exitCode: 3, stdout: '' })
  })

  test('waypost delete keeps a revision that an alias points to', async () => {
    const [service, sruid] = [await registerThree('kept'), 'my-org/kept:1.0.0']
    await registry.client.aliases.set(service, 'production', { revisionTag: '1.0.0' })
    await registry.client.revisions.yank(sruid)
    expect(await registry.waypost('delete', sruid, '--etag', await etagOf(sruid))).toEqual(refused(4, /production/))
    await registry.client.aliases.delete(service, 'production')
    expect(only(await registry.json('delete', sruid, '--etag', await etagOf(sruid)))).toEqual({})
  })

  test('a tag that waypost delete removed cannot be registered again', async () => {
    await registerThree('reused')
    const sruid = 'my-org/reused:1.0.0'
    await registry.client.revisions.yank(sruid)
    await registry.text('delete', sruid, '--etag', await etagOf(sruid))
    expect(await registry.waypost('register', sruid, '--label', 'tier=web')).toEqual(refused(4, /was deleted/))
    expect(await registry.waypost('register', sruid)).toEqual(refused(4, /was deleted/))
  })
})
