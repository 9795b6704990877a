import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { withoutEffect } from './state.ts'

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
    ['*', false, '1.10.0', 'of all releases'],
    ['*', true, '2.1.0-beta.1', 'of all versions'],
    ['<1.9', false, 'v1.2.0', 'of a tag with a v'],
    ['1.9.0', false, '1.9.0', 'of one version'],
    ['^7', false, undefined, 'with nothing in it'],
    [`${'1||'.repeat(85)}1`, false, '1.10.0', 'of 256 characters'],
  ] as const)(
    'an alias that follows %s (include_prerelease %s) starts at %s: a range %s',
    async ([range, isIncluding, expected]) => {
      await register('1.10.0', '1.9.0', 'v1.2.0', '2.0.0-rc.1', '2.1.0-beta.1', 'main', '1.11')
      const { alias: set } = withoutEffect(await follow(range, { include_prerelease: isIncluding }))
      expect(set).toEqual({
        ...{ alias: 'beta', follows: range, etag: expect.any(String) },
        ...(expected !== undefined && { revision_tag: expected }),
        ...(isIncluding && { include_prerelease: true }),
      })
      expect(await tag({ alias: 'beta' })).toBe(expected)
    },
  )

  test.for([
    ['1.1.0', '^1', '1.1.0', 'is higher'],
    ['v1.0.0', '^1', 'v1.0.0', 'is equal and newer'],
    ['0.9.0', '*', '1.0.0', 'is lower'],
    ['2.0.0', '^1', '1.0.0', 'is outside of the range'],
    ['1.1.0-rc.1', '^1', '1.0.0', 'is a pre-release that the range does not name'],
    ['1.1.0-rc.1', '>=1.1.0-0 || 1.0.0', '1.1.0-rc.1', 'is a pre-release that the range names'],
    ['1.1', '*', '1.0.0', 'is not a version'],
    ['main', '*', '1.0.0', 'is not a version'],
  ] as const)(
    'after the registration of %s an alias that follows %s points to %s, because it %s',
    async ([next, range, expected]) => {
      await register('1.0.0')
      await follow(range)
      await register(next)
      expect(await alias('beta')).toMatchObject({ revision_tag: expected, follows: range })
      expect(await revision({ alias: 'beta' })).toMatchObject({ revision_tag: expected })
    },
  )

  test('a range alias that includes pre-releases moves to a pre-release and then to its release', async () => {
    await register('1.0.0')
    await follow('>=1', { include_prerelease: true })
    for (const next of ['2.0.0-rc.1', '2.0.0']) {
      await register(next)
      expect(await tag({ alias: 'beta' })).toBe(next)
    }
    await register('2.0.0-rc.2')
    expect(await tag({ alias: 'beta' })).toBe('2.0.0')
  })

  test('a range alias moves to a revision that does not become the default', async () => {
    await register('1.0.0')
    await follow('*')
    await call('register', { revision_tag: '1.1.0', is_default: false })
    expect(await tag({ alias: 'beta' })).toBe('1.1.0')
    expect(await tag()).toBe('1.0.0')
  })

  test('a range alias stays if a registration is sent again', async () => {
    await register('1.0.0')
    await follow('*')
    await register('1.1.0', '1.0.0')
    expect(await tag({ alias: 'beta' })).toBe('1.1.0')
  })

  test('a range alias points to nothing until a revision is in its range', async () => {
    await register('1.0.0')
    await follow('^2')
    await expectRefusal(call('get', { alias: 'beta' }), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    await register('2.0.0')
    expect(await tag({ alias: 'beta' })).toBe('2.0.0')
  })

  test('a range alias moves down as versions are yanked, finally to nothing, and up as they are unyanked', async () => {
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

  test('a range alias points to deprecated revisions but not to yanked ones', async () => {
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

  test('a range alias does not choose a yanked revision when it is set', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    for (const yanked of ['1.1.0', '1.2.0']) await call('yank', { revision_tag: yanked })
    await follow('^1')
    expect(await tag({ alias: 'beta' })).toBe('1.0.0')
  })

  test('a range alias does not choose a yanked revision when it moves', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    await follow('^1')
    await call('yank', { revision_tag: '1.1.0' })
    await call('yank', { revision_tag: '1.2.0' })
    expect(await tag({ alias: 'beta' })).toBe('1.0.0')
    await register('1.0.5')
    expect(await tag({ alias: 'beta' })).toBe('1.0.5')
  })

  test('a range alias chooses the newer of two equal versions, or the other one if that is yanked', async () => {
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

  test('a range alias does not move with the default', async () => {
    await register('1.0.0', '1.1.0')
    await follow('^1')
    await call('setDefault', { revision_tag: '1.0.0' })
    await call('clearDefault')
    expect(await aliases()).toEqual({ beta: '1.1.0' })
  })

  describe('the etag of a range alias', () => {
    test.for([
      ['register', '1.1.0', true, 'moves the alias'],
      ['register', '2.0.0', false, 'does not move the alias'],
      ['yank', '1.0.0', true, 'moves the alias'],
      ['yank', '0.9.0', false, 'does not move the alias'],
      ['deprecate', '1.0.0', false, 'does not move the alias'],
      ['setDefault', '0.9.0', false, 'does not move the alias'],
    ] as const)(
      'after %s of %s the etag of a range alias is new: %s, because the call %s',
      async ([method, which, isChanged]) => {
        await register('0.9.0', '1.0.0')
        await follow('>=0.1 <2')
        const before = await alias('beta')
        await call(method, { revision_tag: which })
        const after = await alias('beta')
        expect(after?.etag !== before?.etag).toBe(isChanged)
        const setAgain = follow('^1', { etag: before?.etag })
        if (isChanged) await expectRefusal(setAgain, { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' })
        else await setAgain
      },
    )

    test('the etag of the service changes when a range alias moves', async () => {
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
