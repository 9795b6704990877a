import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

// These tags are not in the order of their versions, because the newest must not be the highest.
const tags = ['2.1.0', '0.1.0', '0.1.9', '0.2.0', '1.10.0', '1.2.3', '1.2.9', '3.0.0', '3.0.1-alpha', '4.0.0-beta.2']
const others = ['4.0.0-beta.11', '4.0.0-rc.1', '4.1.0-beta.1', 'main', '1.2', '9', 'latest']

describeRule('a range of versions', (subject) => {
  const { call, register } = subject
  const { tag } = looking(subject)
  let prepared: Promise<void> | undefined

  // No test changes this service.
  async function tagOfMany(request: Fields) {
    const name = 'my-many-versions'
    prepared ??= registerAll(name)
    await prepared
    return tag({ name, ...request })
  }

  async function registerAll(name: string) {
    for (const revision_tag of [...tags, ...others]) await call('register', { name, revision_tag })
  }

  describe('the highest version of a range', () => {
    test.for([
      ['1.2.3', '1.2.3', 'one version'],
      ['=1.2.3', '1.2.3', 'one version with an equals sign'],
      ['v1.2.3', '1.2.3', 'one version with a v'],
      ['^1.2', '1.10.0', 'a caret for the same major number, where 10 is more than 2'],
      ['^1.2.9', '1.10.0', 'a caret of three numbers'],
      ['^0.1.0', '0.1.9', 'a caret below 1 for the same minor number'],
      ['~1.2.3', '1.2.9', 'a tilde for the same minor number'],
      ['~1', '1.10.0', 'a tilde of one number'],
      ['1.x', '1.10.0', 'an x'],
      ['1.2.*', '1.2.9', 'a star for the last number'],
      ['1', '1.10.0', 'a number alone'],
      ['1.2', '1.2.9', 'two numbers, which are not read as a tag'],
      ['*', '3.0.0', 'a star for all releases'],
      ['x', '3.0.0', 'an x alone'],
      ['1.2.4 - 2', '2.1.0', 'a hyphen with an incomplete end'],
      ['1.2.3 - 1.2.8', '1.2.3', 'a hyphen, which includes both ends'],
      ['>1.2.3 <1.10.0', '1.2.9', 'two exclusive bounds'],
      ['>=1.2.3 <=1.10.0', '1.10.0', 'two inclusive bounds'],
      ['<2', '1.10.0', 'an upper bound alone'],
      ['>2', '3.0.0', 'a lower bound alone'],
      ['0.1 || ^1.2', '1.10.0', 'alternatives with the higher one last'],
      ['~1.2 || 0.2.0 || 9', '1.2.9', 'alternatives of which the highest contains no version'],
      ['^1.2||>=3', '3.0.0', 'alternatives without spaces'],
      ['  ^1.2  ', '1.10.0', 'spaces around it'],
    ] as const)('the range %s chooses %s (%s)', async ([version_range, expected]) => {
      expect(await tagOfMany({ version_range })).toBe(expected)
    })

    test('a range chooses its highest version, whether it was registered last or not', async () => {
      await register('1.0.0')
      expect(await tag({ version_range: '^1' })).toBe('1.0.0')
      await register('1.1.0', '2.0.0', '0.9.0')
      expect(await tag({ version_range: '^1' })).toBe('1.1.0')
    })

    test('a range chooses its highest version, whatever the default is', async () => {
      await register('1.0.0', '1.1.0')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect((await call('get', { version_range: '^1' })).revision).toMatchObject({
        revision_tag: '1.1.0',
        is_default: false,
      })
      expect((await call('get', { version_range: '1.0.x' })).revision).toHaveProperty('is_default', true)
    })
  })

  describe('pre-releases', () => {
    test.for([
      ['*', '3.0.0', 'no pre-release, because the range names none'],
      ['>=3', '3.0.0', 'no pre-release, although all higher versions are pre-releases'],
      ['^4', undefined, 'nothing, because the range contains pre-releases only'],
      ['4.0.0-beta.2', '4.0.0-beta.2', 'the pre-release that the range names'],
      ['>=4.0.0-beta.1', '4.0.0-rc.1', 'pre-releases of 4.0.0, which the range names, but not of 4.1.0'],
      ['>=4.0.0-beta.1 <4.0.0-rc', '4.0.0-beta.11', 'pre-releases up to another named one, where 11 is more than 2'],
      ['~4.0.0-0', '4.0.0-rc.1', 'all pre-releases of a version'],
      ['^4.0.0-0 || ^4.1.0-0', '4.1.0-beta.1', 'pre-releases of each alternative'],
      ['>=1 || 4.0.0-beta.2', '4.0.0-beta.2', 'a pre-release of one alternative, above the releases of the other'],
      ['>4.0.0-rc.1', undefined, 'nothing above the last pre-release of its version'],
      ['<4.0.0-beta.2', '3.0.0', 'a release below the named pre-release'],
      ['>3.0.0-0 <3.0.1', '3.0.0', 'a release, which is above its own pre-releases'],
    ] as const)('the range %s without include_prerelease chooses %s (%s)', async ([version_range, expected]) => {
      expect(await tagOfMany({ version_range })).toBe(expected)
      expect(await tagOfMany({ version_range, include_prerelease: false })).toBe(expected)
    })

    test.for([
      ['*', '4.1.0-beta.1', 'any pre-release'],
      ['^4', '4.1.0-beta.1', 'a pre-release, even if the range contains nothing else'],
      ['^3', '3.0.1-alpha', 'a pre-release that is higher than the release'],
      ['4.0.x', '4.0.0-rc.1', 'only pre-releases in the range'],
      ['^1.2', '1.10.0', 'a range without pre-releases'],
      ['<3', '2.1.0', 'pre-releases of 3.0.0 are not below 3'],
    ] as const)('the range %s with include_prerelease chooses %s (%s)', async ([version_range, expected]) => {
      expect(await tagOfMany({ version_range, include_prerelease: true })).toBe(expected)
    })

    test('include_prerelease without a range changes nothing', async () => {
      await register('1.0.0', '2.0.0-rc.1')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await tag({ include_prerelease: true })).toBe('1.0.0')
    })
  })

  describe('tags', () => {
    test('a range chooses tags with a leading v and answers them unchanged', async () => {
      await register('v1.2.0', '1.1.0', 'v2.0.0-rc.1')
      expect(await tag({ version_range: '^1' })).toBe('v1.2.0')
      expect(await tag({ version_range: 'v1.2' })).toBe('v1.2.0')
      expect(await tag({ version_range: '>=2.0.0-0' })).toBe('v2.0.0-rc.1')
    })

    test('a range chooses the newest of several tags of the same version, as the default policy does', async () => {
      await register('v1.2.0', '1.2.0')
      expect([await tag({ version_range: '1.2.0' }), await tag()]).toEqual(['1.2.0', '1.2.0'])
      await register('v1.3.0', '1.3.0')
      expect([await tag({ version_range: '^1' }), await tag()]).toEqual(['1.3.0', '1.3.0'])
      await call('yank', { revision_tag: '1.3.0' })
      expect(await tag({ version_range: '^1' })).toBe('v1.3.0')
    })

    test('a range never chooses a tag that is not a version', async () => {
      await register('main', '1.2', '01.2.3', 'latest', 'V1.2.3', '1.2.3.4')
      expect(await tag({ version_range: '*', include_prerelease: true })).toBeUndefined()
      await register('1.0.0')
      expect(await tag({ version_range: '*', include_prerelease: true })).toBe('1.0.0')
    })

    test('a range passes over yanked revisions, however many they are', async () => {
      const yanked = Array.from({ length: 8 }, (_, index) => `1.1.${index}`)
      await register('1.0.0', ...yanked, '2.0.0')
      for (const revision_tag of yanked) await call('yank', { revision_tag })
      expect(await tag({ version_range: '^1' })).toBe('1.0.0')
      await call('unyank', { revision_tag: '1.1.7' })
      expect(await tag({ version_range: '^1' })).toBe('1.1.7')
    })
  })

  describe('refused ranges', () => {
    const allowed = /(; use a range of .* of|has 257 characters; use) at most 256/

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
    ] as const)('the range %j is refused, and the error has the rule', async (version_range) => {
      await register('1.0.0')
      const refusal = { code: 'invalid_argument', reason: 'INVALID_VERSION_RANGE', field: 'version_range' } as const
      await expectRefusal(call('get', { version_range }), { ...refusal, message: allowed })
      await expectRefusal(call('get', { version_range, include_prerelease: true }), { ...refusal, message: allowed })
    })

    test('a range may have 256 characters but not 257', async () => {
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

    test('a bad range is refused before the service is looked up', () =>
      expectRefusal(call('get', { version_range: '>>1' }), {
        code: 'invalid_argument',
        reason: 'INVALID_VERSION_RANGE',
        field: 'version_range',
      }))
  })
})
