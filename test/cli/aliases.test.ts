import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

beforeAll(async () => {
  registry = await startInProcessRegistry()
  for (const tag of ['1.0.0', '1.1.0', '2.0.0-beta.1']) await registry.client.register(`my-org/shared:${tag}`)
})

afterAll(() => registry.stop())

const alias = (...args: readonly string[]) => ['alias', ...args]

describe('waypost alias', () => {
  test('waypost alias fixes an alias to a tag, moves it, lists it and deletes it', async () => {
    const service = 'my-org/fixed'
    for (const tag of ['1.0.0', '1.1.0']) await registry.client.register(`${service}:${tag}`)
    expect(await registry.text(...alias('set', service, 'production', '--tag', '1.0.0'))).toBe('production: 1.0.0\n')
    expect(await registry.text(...alias('set', service, 'production', '--tag', '1.1.0'))).toBe('production: 1.1.0\n')
    await registry.client.register(`${service}:1.2.0`)
    expect(await registry.text(...alias('list', service))).toBe('production: 1.1.0\n')
    expect(await registry.text(...alias('get', service, 'production'))).toBe('production: 1.1.0\n')
    expect(await registry.text(...alias('delete', service, 'production'))).toBe('production: deleted\n')
    expect(await registry.text(...alias('list', service))).toBe('')
    expect(await registry.client.get(`${service}:1.1.0`)).toMatchObject({ revisionTag: '1.1.0' })
  })

  test('waypost alias makes an alias follow a range, and a registration moves it', async () => {
    const service = 'my-org/followed'
    await registry.client.register(`${service}:1.0.0`)
    const [beta, stable] = [
      ['beta', '--follows', '>=2.0.0-0', '--include-prerelease'],
      ['stable', '--follows', '^1'],
    ] as const
    expect(await registry.text(...alias('set', service, ...beta))).toBe(
      'beta: no revision (follows >=2.0.0-0, pre-releases included)\n',
    )
    expect(await registry.text(...alias('set', service, ...stable))).toBe('stable: 1.0.0 (follows ^1)\n')
    for (const tag of ['1.0.1', '2.1.0-beta.1', '2.0.0']) await registry.client.register(`${service}:${tag}`)
    expect(await registry.text(...alias('list', service))).toBe(
      'beta: 2.1.0-beta.1 (follows >=2.0.0-0, pre-releases included)\nstable: 1.0.1 (follows ^1)\n',
    )
  })

  test('waypost alias prints one line of JSON for each alias', async () => {
    const service = 'my-org/json'
    await registry.client.register(`${service}:1.0.0`)
    const [etag, include_prerelease] = [expect.any(String), false]
    const fixed = { alias: 'a', revision_tag: '1.0.0', include_prerelease, etag }
    const effect = (move: object) => ({ aliases: [{ alias: 'a', ...move }], moved: 0 })
    const following = { alias: 'b', follows: '^2', include_prerelease, etag }
    expect(only(await registry.json(...alias('set', service, 'b', '--follows', '^2')))).toEqual(following)
    expect(only(await registry.json(...alias('set', service, 'a', '--tag', '1.0.0')))).toEqual({
      ...fixed,
      effect: effect({ after: '1.0.0' }),
    })
    expect(await registry.json(...alias('list', service))).toEqual([fixed, following])
    expect(only(await registry.json(...alias('get', service, 'b')))).toEqual(following)
    expect(only(await registry.json(...alias('delete', service, 'a')))).toEqual({
      effect: effect({ before: '1.0.0' }),
    })
    expect(await registry.json(...alias('list', service))).toEqual([following])
  })

  test.for([
    [2, ['set', 'my-org/shared', 'default', '--tag', '1.0.0'], /alias "default" is not valid/, 'a reserved name'],
    [2, ['set', 'my-org/shared', '1.x', '--tag', '1.0.0'], /alias "1\.x" is not valid/, 'the name is a range'],
    [2, ['set', 'my-org/shared', 'v2', '--tag', '1.0.0'], /alias "v2" is not valid/, 'the name is a range'],
    [2, ['set', 'my-org/shared', 'Beta', '--tag', '1.0.0'], /alias "Beta" is not valid/, 'the name is not kebab case'],
    [2, ['set', 'my-org/shared', 'beta', '--follows', '>>1'], /--follows ">>1" is not valid/, 'not a range'],
    [2, ['set', 'my-org/shared', 'beta'], /the command names no target; give --tag or --follows\./, 'no target'],
    [
      4,
      ['set', 'my-org/shared', 'beta', '--tag', '9.0.0'],
      /--tag "9\.0\.0" is not a revision of the service; register it/,
      'not there',
    ],
    [3, ['set', 'my-org/nothing', 'beta', '--follows', '^1'], /no service my-org\/nothing/, 'no service'],
    [3, ['delete', 'my-org/shared', 'beta'], /no alias "beta"/, 'no such alias'],
    [3, ['delete', 'my-org/nothing', 'beta'], /no service my-org\/nothing/, 'no service'],
    [3, ['list', 'my-org/nothing'], /no service my-org\/nothing/, 'no service'],
  ] as const)('waypost alias exits with %i for %j', async ([exitCode, args, why]) => {
    expect(await registry.waypost(...alias(...args))).toEqual(refused(exitCode, why))
    expect(await registry.client.aliases.list('my-org/shared')).toEqual([])
  })

  test('waypost alias exits with 2 for two targets', async () => {
    const args = alias('set', 'my-org/shared', 'beta', '--tag', '1.0.0', '--follows', '^1')
    expect(await registry.waypost(...args)).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
