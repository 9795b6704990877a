import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

// Not in the order of their versions, so that the newest is not the highest.
const tags = ['2.1.0', '0.1.0', '0.1.9', '0.2.0', '1.10.0', '1.2.3', '1.2.9', '3.0.0', '3.0.1-alpha', '4.0.0-beta.2']
const others = ['4.0.0-beta.11', '4.0.0-rc.1', '4.1.0-beta.1', 'main', '1.2', '9', 'latest']

describeRule('a range of versions', (subject) => {
  const { call, register } = subject
  const { tag } = looking(subject)
  let prepared: Promise<void> | undefined

  // Of a service that no test changes.
  async function tagOfMany(request: Fields) {
    const name = 'my-many-versions'
    prepared ??= registerAll(name)
    await prepared
    return tag({ name, ...request })
  }

  async function registerAll(name: string) {
    for (const revision_tag of [...tags, ...others]) await call('register', { name, revision_tag })
  }

  describe('selects its highest version', () => {
    test.for([
      ['1.2.3', '1.2.3', 'one version'],
      ['=1.2.3', '1.2.3', 'the same, with its sign'],
      ['v1.2.3', '1.2.3', 'the same, with a v'],
      ['^1.2', '1.10.0', 'a caret: the same major number, and 10 is more than 2'],
      ['^1.2.9', '1.10.0', 'a caret of three numbers'],
      ['^0.1.0', '0.1.9', 'a caret below 1: the same minor number'],
      ['~1.2.3', '1.2.9', 'a tilde: the same minor number'],
      ['~1', '1.10.0', 'a tilde of one number'],
      ['1.x', '1.10.0', 'an x'],
      ['1.2.*', '1.2.9', 'a star for the last number'],
      ['1', '1.10.0', 'a number alone'],
      ['1.2', '1.2.9', 'two numbers, which are no tag here'],
      ['*', '3.0.0', 'a star: all releases'],
      ['x', '3.0.0', 'an x alone'],
      ['1.2.4 - 2', '2.1.0', 'a hyphen, the end without its numbers'],
      ['1.2.3 - 1.2.8', '1.2.3', 'a hyphen, both ends in it'],
      ['>1.2.3 <1.10.0', '1.2.9', 'two bounds that are not in it'],
      ['>=1.2.3 <=1.10.0', '1.10.0', 'two bounds that are in it'],
      ['<2', '1.10.0', 'an upper bound alone'],
      ['>2', '3.0.0', 'a lower bound alone'],
      ['0.1 || ^1.2', '1.10.0', 'alternatives, the higher one last'],
      ['~1.2 || 0.2.0 || 9', '1.2.9', 'alternatives, the highest one without any'],
      ['^1.2||>=3', '3.0.0', 'alternatives without spaces'],
      ['  ^1.2  ', '1.10.0', 'spaces around it'],
    ] as const)('%s: %s, %s', async ([version_range, expected]) => {
      expect(await tagOfMany({ version_range })).toBe(expected)
    })

    test('also where that is registered last, or is no longer', async () => {
      await register('1.0.0')
      expect(await tag({ version_range: '^1' })).toBe('1.0.0')
      await register('1.1.0', '2.0.0', '0.9.0')
      expect(await tag({ version_range: '^1' })).toBe('1.1.0')
    })

    test('whatever the default is', async () => {
      await register('1.0.0', '1.1.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect((await call('get', { version_range: '^1' })).revision).toMatchObject({
        revision_tag: '1.1.0',
        is_default: false,
      })
      expect((await call('get', { version_range: '1.0.x' })).revision).toHaveProperty('is_default', true)
    })
  })

  describe('has pre-releases', () => {
    test.for([
      ['*', '3.0.0', 'none that it does not name'],
      ['>=3', '3.0.0', 'none, though all above are pre-releases'],
      ['^4', undefined, 'none, though it has nothing else'],
      ['4.0.0-beta.2', '4.0.0-beta.2', 'the one that it names'],
      ['>=4.0.0-beta.1', '4.0.0-rc.1', 'those of the version that it names one of, not those of 4.1.0'],
      ['>=4.0.0-beta.1 <4.0.0-rc', '4.0.0-beta.11', 'up to another one that it names, and 11 is more than 2'],
      ['~4.0.0-0', '4.0.0-rc.1', 'from the lowest of a version'],
      ['^4.0.0-0 || ^4.1.0-0', '4.1.0-beta.1', 'of each alternative'],
      ['>=1 || 4.0.0-beta.2', '4.0.0-beta.2', 'of one alternative, above the releases of the other'],
      ['>4.0.0-rc.1', undefined, 'above one that is the last of its version'],
      ['<4.0.0-beta.2', '3.0.0', 'releases below one, and no others'],
      ['>3.0.0-0 <3.0.1', '3.0.0', 'a release is above its own, and below those of the next'],
    ] as const)('%s without include_prerelease: %s, %s', async ([version_range, expected]) => {
      expect(await tagOfMany({ version_range })).toBe(expected)
      expect(await tagOfMany({ version_range, include_prerelease: false })).toBe(expected)
    })

    test.for([
      ['*', '4.1.0-beta.1', 'all of them'],
      ['^4', '4.1.0-beta.1', 'also where it has nothing else'],
      ['^3', '3.0.1-alpha', 'one that is higher than the release'],
      ['4.0.x', '4.0.0-rc.1', 'those that lie in it only'],
      ['^1.2', '1.10.0', 'a range without any'],
      ['<3', '2.1.0', 'those of 3.0.0 are not below 3'],
    ] as const)('%s with include_prerelease: %s, %s', async ([version_range, expected]) => {
      expect(await tagOfMany({ version_range, include_prerelease: true })).toBe(expected)
    })

    test('include_prerelease without a range changes nothing', async () => {
      await register('1.0.0', '2.0.0-rc.1')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await tag({ include_prerelease: true })).toBe('1.0.0')
    })
  })

  describe('and tags', () => {
    test('with a leading v are versions, and are answered as they are', async () => {
      await register('v1.2.0', '1.1.0', 'v2.0.0-rc.1')
      expect(await tag({ version_range: '^1' })).toBe('v1.2.0')
      expect(await tag({ version_range: 'v1.2' })).toBe('v1.2.0')
      expect(await tag({ version_range: '>=2.0.0-0' })).toBe('v2.0.0-rc.1')
    })

    test('of one version: the newest is chosen, as the default policy does', async () => {
      await register('v1.2.0', '1.2.0')
      expect([await tag({ version_range: '1.2.0' }), await tag()]).toEqual(['1.2.0', '1.2.0'])
      await register('v1.3.0', '1.3.0')
      expect([await tag({ version_range: '^1' }), await tag()]).toEqual(['1.3.0', '1.3.0'])
      await call('yank', { revision_tag: '1.3.0' })
      expect(await tag({ version_range: '^1' })).toBe('v1.3.0')
    })

    test('that are no versions are never chosen', async () => {
      await register('main', '1.2', '01.2.3', 'latest', 'V1.2.3', '1.2.3.4')
      expect(await tag({ version_range: '*', include_prerelease: true })).toBeUndefined()
      await register('1.0.0')
      expect(await tag({ version_range: '*', include_prerelease: true })).toBe('1.0.0')
    })

    test('that are yanked are passed over, many of them too', async () => {
      const yanked = Array.from({ length: 8 }, (_, index) => `1.1.${index}`)
      await register('1.0.0', ...yanked, '2.0.0')
      for (const revision_tag of yanked) await call('yank', { revision_tag })
      expect(await tag({ version_range: '^1' })).toBe('1.0.0')
      await call('unyank', { revision_tag: '1.1.7' })
      expect(await tag({ version_range: '^1' })).toBe('1.1.7')
    })
  })

  describe('is refused', () => {
    const allowed = /must be a range .* at most 256 characters/

    test.for([
      '>>1',
      'beta',
      '^1.2.3.4',
      '1 || nonsense',
      '^',
      '1 -',
      '>=1.x.y.z',
      '~>=<1',
      '1.2.3-',
      '\u0000',
    ] as const)('as %j, with what is allowed', async (version_range) => {
      await register('1.0.0')
      const refusal = { code: 'invalid_argument', reason: 'INVALID_VERSION_RANGE', field: 'version_range' } as const
      await expectRefusal(call('get', { version_range }), { ...refusal, message: allowed })
      await expectRefusal(call('get', { version_range, include_prerelease: true }), { ...refusal, message: allowed })
    })

    test('with 257 characters, and not with 256', async () => {
      await register('1.0.0')
      const longest = `${'9||'.repeat(85)}1`
      expect(longest).toHaveLength(256)
      expect(await tag({ version_range: longest })).toBe('1.0.0')
      for (const version_range of [`${longest}1`, ' '.repeat(257)]) {
        await expectRefusal(call('get', { version_range }), {
          code: 'invalid_argument',
          reason: 'INVALID_VERSION_RANGE',
          field: 'version_range',
          message: /257 characters.*at most 256/,
        })
      }
    })

    test('before anything is looked for', () =>
      expectRefusal(call('get', { version_range: '>>1' }), {
        code: 'invalid_argument',
        reason: 'INVALID_VERSION_RANGE',
        field: 'version_range',
      }))
  })
})
