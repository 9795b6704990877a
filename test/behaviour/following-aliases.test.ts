import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

describeRule('an alias that follows a range', (subject) => {
  const { call, register } = subject
  const { tag, revision, alias, aliases, serviceEtag } = looking(subject)
  const follow = (follows: string, more = {}) => call('setAlias', { alias: 'beta', follows, ...more })

  test.for([
    ['^1', false, '1.10.0', 'by the order of versions, not of text'],
    ['>=2.0.0-0', false, '2.0.0-rc.1', 'which names pre-releases of 2.0.0'],
    ['>=2.0.0-0', true, '2.1.0-beta.1', 'with all pre-releases'],
    ['^2', false, undefined, 'which has pre-releases only'],
    ['^2', true, '2.1.0-beta.1', 'with pre-releases'],
    ['*', false, '1.10.0', 'which is any release'],
    ['*', true, '2.1.0-beta.1', 'which is any version'],
    ['<1.9', false, 'v1.2.0', 'of a tag with a v'],
    ['1.9.0', false, '1.9.0', 'of one version'],
    ['^7', false, undefined, 'with nothing in it'],
    [`${'1||'.repeat(85)}1`, false, '1.10.0', 'of 256 characters'],
  ] as const)('%s (include_prerelease %s) begins at %s: a range %s', async ([range, isIncluding, expected]) => {
    await register('1.10.0', '1.9.0', 'v1.2.0', '2.0.0-rc.1', '2.1.0-beta.1', 'main', '1.11')
    const { alias: set } = await follow(range, { include_prerelease: isIncluding })
    expect(set).toEqual({
      ...{ alias: 'beta', follows: range, etag: expect.any(String) },
      ...(expected !== undefined && { revision_tag: expected }),
      ...(isIncluding && { include_prerelease: true }),
    })
    expect(await tag({ alias: 'beta' })).toBe(expected)
  })

  test.for([
    ['1.1.0', '^1', '1.1.0', 'is higher'],
    ['v1.0.0', '^1', 'v1.0.0', 'is as high, and newer'],
    ['0.9.0', '*', '1.0.0', 'is lower'],
    ['2.0.0', '^1', '1.0.0', 'is outside of the range'],
    ['1.1.0-rc.1', '^1', '1.0.0', 'is a pre-release that the range does not name'],
    ['1.1.0-rc.1', '>=1.1.0-0 || 1.0.0', '1.1.0-rc.1', 'is a pre-release that the range names'],
    ['1.1', '*', '1.0.0', 'is no version'],
    ['main', '*', '1.0.0', 'is no version'],
  ] as const)(
    'an alias that follows a range is after the registration of %s, of the range %s, at %s: it %s',
    async ([next, range, expected]) => {
      await register('1.0.0')
      await follow(range)
      await register(next)
      expect(await alias('beta')).toMatchObject({ revision_tag: expected, follows: range })
      expect(await revision({ alias: 'beta' })).toMatchObject({ revision_tag: expected })
    },
  )

  test('an alias that follows a range moves to a pre-release where it includes them, and from there to the release', async () => {
    await register('1.0.0')
    await follow('>=1', { include_prerelease: true })
    for (const next of ['2.0.0-rc.1', '2.0.0']) {
      await register(next)
      expect(await tag({ alias: 'beta' })).toBe(next)
    }
    await register('2.0.0-rc.2')
    expect(await tag({ alias: 'beta' })).toBe('2.0.0')
  })

  test('an alias that follows a range moves to a revision that does not become the default', async () => {
    await register('1.0.0')
    await follow('*')
    await call('register', { revision_tag: '1.1.0', is_default: false })
    expect(await tag({ alias: 'beta' })).toBe('1.1.0')
    expect(await tag()).toBe('1.0.0')
  })

  test('an alias that follows a range stays where a registration is sent again', async () => {
    await register('1.0.0')
    await follow('*')
    await register('1.1.0', '1.0.0')
    expect(await tag({ alias: 'beta' })).toBe('1.1.0')
  })

  test('an alias that follows a range points to nothing until there is something in its range', async () => {
    await register('1.0.0')
    await follow('^2')
    await expectRefusal(call('get', { alias: 'beta' }), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    await register('2.0.0')
    expect(await tag({ alias: 'beta' })).toBe('2.0.0')
  })

  test('goes down as versions are yanked, to nothing in the end, and up as they are unyanked', async () => {
    await register('1.0.0', '1.1.0', '1.2.0', '2.0.0')
    await follow('^1')
    for (const [change, which, expected] of [
      ['yank', '1.2.0', '1.1.0'],
      ['yank', '1.0.0', '1.1.0'],
      ['yank', '1.1.0', undefined],
      ['unyank', '1.0.0', '1.0.0'],
      ['unyank', '1.2.0', '1.2.0'],
      ['unyank', '1.1.0', '1.2.0'],
    ] as const) {
      await call(change, { revision_tag: which })
      expect(await tag({ alias: 'beta' }), `${change} ${which}`).toBe(expected)
      expect((await alias('beta'))?.revision_tag).toBe(expected)
    }
  })

  test('goes to a deprecated revision, and not to a yanked one that is deprecated, too', async () => {
    await register('1.0.0', '1.1.0')
    await call('deprecate', { revision_tag: '1.1.0' })
    await follow('^1')
    expect(await tag({ alias: 'beta' })).toBe('1.1.0')
    for (const [change, expected] of [
      ['yank', '1.0.0'],
      ['deprecate', '1.0.0'],
      ['undeprecate', '1.0.0'],
      ['deprecate', '1.0.0'],
      ['unyank', '1.1.0'],
      ['undeprecate', '1.1.0'],
    ] as const) {
      await call(change, { revision_tag: '1.1.0' })
      expect(await tag({ alias: 'beta' }), change).toBe(expected)
    }
  })

  test('an alias that follows a range passes over what is yanked when it is set', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    for (const yanked of ['1.1.0', '1.2.0']) await call('yank', { revision_tag: yanked })
    await follow('^1')
    expect(await tag({ alias: 'beta' })).toBe('1.0.0')
  })

  test('an alias that follows a range passes over what is yanked when it moves', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    await follow('^1')
    await call('yank', { revision_tag: '1.1.0' })
    await call('yank', { revision_tag: '1.2.0' })
    expect(await tag({ alias: 'beta' })).toBe('1.0.0')
    await register('1.0.5')
    expect(await tag({ alias: 'beta' })).toBe('1.0.5')
  })

  test('an alias that follows a range goes, of two that are as high, to the newer one that is left', async () => {
    await register('1.0.0', 'v1.0.0')
    await follow('^1')
    for (const [change, which, expected] of [
      ['yank', 'v1.0.0', '1.0.0'],
      ['unyank', 'v1.0.0', 'v1.0.0'],
      ['yank', '1.0.0', 'v1.0.0'],
      ['unyank', '1.0.0', 'v1.0.0'],
    ] as const) {
      await call(change, { revision_tag: which })
      expect(await tag({ alias: 'beta' }), `${change} ${which}`).toBe(expected)
    }
  })

  test('an alias that follows a range is not moved by the default', async () => {
    await register('1.0.0', '1.1.0')
    await follow('^1')
    await call('setDefault', { revision_tag: '1.0.0' })
    await call('clearDefault')
    expect(await aliases()).toEqual({ beta: '1.1.0' })
  })

  describe('has an etag', () => {
    test.for([
      ['register', '1.1.0', true, 'moves it'],
      ['register', '2.0.0', false, 'does not'],
      ['yank', '1.0.0', true, 'moves it'],
      ['yank', '0.9.0', false, 'does not'],
      ['deprecate', '1.0.0', false, 'does not'],
      ['setDefault', '0.9.0', false, 'does not'],
    ] as const)('that %s of %s changes (%s), as it %s', async ([method, which, isChanged]) => {
      await register('0.9.0', '1.0.0')
      await follow('>=0.1 <2')
      const before = await alias('beta')
      await call(method, { revision_tag: which })
      const after = await alias('beta')
      expect(after?.etag !== before?.etag).toBe(isChanged)
      const setAgain = follow('^1', { etag: before?.etag })
      if (isChanged) await expectRefusal(setAgain, { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' })
      else await setAgain
    })

    test('and moves the etag of the service with it', async () => {
      await register('1.0.0', '2.0.0')
      await follow('^1')
      const before = await serviceEtag()
      await register('0.1.0')
      expect(await serviceEtag()).toBe(before)
      await register('1.0.1')
      expect(await serviceEtag()).not.toBe(before)
    })
  })
})
