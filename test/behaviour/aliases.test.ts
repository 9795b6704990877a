import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { withoutEffect } from './state.ts'

const MISMATCH = { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' } as const

describeBehaviour('an alias', (subject) => {
  const { call, register } = subject
  const { tag, etag, serviceEtag, revision, alias, aliases, everything, listed } = looking(subject)

  test('an alias that is fixed to a tag stays there, whatever is registered', async () => {
    await register('1.0.0')
    const set = withoutEffect(await call('setAlias', { alias: 'production', revision_tag: '1.0.0' }))
    expect(set).toEqual({ alias: { alias: 'production', revision_tag: '1.0.0', etag: expect.stringMatching(/./) } })
    await register('1.0.1', '2.0.0')
    expect(await alias('production')).toEqual(set.alias)
    expect(await revision({ alias: 'production' })).toEqual({
      ...subject.service(),
      ...{ revision_tag: '1.0.0', is_default: false },
    })
  })

  test('an alias may be fixed to a tag that is not a version, and to a deprecated revision', async () => {
    await register('main', '1.0.0')
    await call('deprecate', { revision_tag: '1.0.0', message: 'too old' })
    await call('setAlias', { alias: 'edge', revision_tag: 'main' })
    await call('setAlias', { alias: 'old', revision_tag: '1.0.0' })
    expect(await aliases()).toEqual({ edge: 'main', old: '1.0.0' })
    expect(await revision({ alias: 'old' })).toMatchObject({ state: 'DEPRECATED', deprecation: { message: 'too old' } })
  })

  test('an existing alias can be set to another tag, to a range, and to a tag again', async () => {
    await register('1.0.0', '1.1.0', '2.0.0')
    const etags = new Set<unknown>()
    for (const [target, expected] of [
      [{ revision_tag: '1.0.0' }, '1.0.0'],
      [{ revision_tag: '2.0.0' }, '2.0.0'],
      [{ follows: '^1', include_prerelease: true }, '1.1.0'],
      [{ revision_tag: '1.0.0' }, '1.0.0'],
    ] as const) {
      const set = withoutEffect(await call('setAlias', { alias: 'beta', ...target })).alias as { etag: string }
      expect(set).toEqual({ alias: 'beta', etag: expect.any(String), ...target, revision_tag: expected })
      expect(await call('listAliases')).toMatchObject({ aliases: [set], service_etag: await serviceEtag() })
      etags.add(set.etag)
    }
    expect(etags.size).toBe(4)
    await register('1.2.0')
    expect(await tag({ alias: 'beta' }), 'the alias no longer follows a range').toBe('1.0.0')
  })

  test('an alias belongs to one service only', async () => {
    await register('1.0.0')
    await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })
    const other = { name: `${subject.service().name}-other` }
    await call('register', { ...other, revision_tag: '1.0.0' })
    expect(await tag({ ...other, alias: 'beta' })).toBeUndefined()
  })

  test('an alias changes neither the default nor a revision', async () => {
    await register('1.0.0', '2.0.0')
    const before = await everything()
    await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })
    await call('deleteAlias', { alias: 'beta' })
    const etags = { service_etag: expect.any(String) }
    expect(await everything()).toEqual({
      service: { ...(before?.service as Fields), etag: expect.any(String) },
      revisions: ((before?.revisions ?? []) as Fields[]).map((each) => ({ ...each, ...etags })),
    })
  })

  test('a deleted alias is not found, and the revision that it pointed to stays', async () => {
    await register('1.0.0')
    await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', follows: '^1' })
    expect(withoutEffect(await call('deleteAlias', { alias: 'beta' }))).toEqual({})
    expect(await aliases()).toEqual({ stable: '1.0.0' })
    for (const method of ['get', 'getAlias', 'deleteAlias'] as const) {
      await expectRefusal(call(method, { alias: 'beta' }), { code: 'not_found', reason: 'ALIAS_NOT_FOUND' })
    }
    expect(await tag({ revision_tag: '1.0.0' })).toBe('1.0.0')
  })

  test('GetAlias answers the same alias as ListAliases, even if the alias points to no revision', async () => {
    await register('1.0.0')
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', follows: '^1', include_prerelease: true })
    await call('setAlias', { alias: 'next', follows: '^3' })
    for (const name of ['pinned', 'stable', 'next']) {
      expect(await call('getAlias', { alias: name })).toEqual({ alias: await alias(name) })
    }
    expect(await alias('next')).toEqual({ alias: 'next', follows: '^3', etag: expect.any(String) })
  })

  test('ListAliases answers the aliases in the order of their names, with their targets', async () => {
    await register('1.0.0', '2.0.0-rc.1')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'beta', follows: '>=2.0.0-0', include_prerelease: true })
    await call('setAlias', { alias: 'a1', revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'next', follows: '^3' })
    const etags = { etag: expect.any(String) }
    expect(await call('listAliases')).toEqual({
      aliases: [
        { alias: 'a1', revision_tag: '1.0.0', ...etags },
        { alias: 'beta', revision_tag: '2.0.0-rc.1', follows: '>=2.0.0-0', include_prerelease: true, ...etags },
        { alias: 'next', follows: '^3', ...etags },
        { alias: 'stable', revision_tag: '1.0.0', follows: '^1', ...etags },
      ],
      service_etag: await serviceEtag(),
      generation: '6',
    })
  })

  test.for([
    [{ revision_tag: '9.9.9' }, 'failed_precondition', 'TARGET_NOT_FOUND', 'revision_tag'],
    [{ revision_tag: '0.9.0' }, 'failed_precondition', 'TARGET_YANKED', 'revision_tag'],
    [{ revision_tag: '1.0+b' }, 'invalid_argument', 'INVALID_REVISION_TAG', 'revision_tag'],
    [{ revision_tag: '1.0.0', follows: '^1' }, 'invalid_argument', 'CONFLICTING_SELECTORS', 'follows'],
    [{ revision_tag: '', follows: '' }, 'invalid_argument', 'CONFLICTING_SELECTORS', 'revision_tag'],
    [{ follows: '>>1' }, 'invalid_argument', 'INVALID_VERSION_RANGE', 'follows'],
    [{ follows: 'beta' }, 'invalid_argument', 'INVALID_VERSION_RANGE', 'follows'],
    [{ follows: `${'1||'.repeat(85)}12` }, 'invalid_argument', 'INVALID_VERSION_RANGE', 'follows'],
  ] as const)('an alias cannot be set to %o, which fails with %s and %s', async ([target, code, reason, field]) => {
    await register('0.9.0', '1.0.0')
    await call('yank', { revision_tag: '0.9.0' })
    await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })
    const before = await everything()
    await expectRefusal(call('setAlias', { alias: 'beta', ...target }), { code, reason, field })
    expect(await everything()).toEqual(before)
  })

  describe('with an etag', () => {
    test('an alias is set and deleted with its current etag, and refused with an earlier one', async () => {
      await register('1.0.0', '2.0.0')
      const first = (await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })).alias as { etag: string }
      const second = (await call('setAlias', { alias: 'beta', revision_tag: '2.0.0', etag: first.etag })).alias
      const { etag: current } = second as { etag: string }
      await expectRefusal(call('setAlias', { alias: 'beta', revision_tag: '1.0.0', etag: first.etag }), MISMATCH)
      await expectRefusal(call('deleteAlias', { alias: 'beta', etag: first.etag }), MISMATCH)
      expect(await alias('beta')).toEqual(withoutEffect(second as Fields))
      await call('deleteAlias', { alias: 'beta', etag: current })
      expect(await aliases()).toEqual({})
    })

    test.for(['revision', 'service', 'other alias', 'nothing'] as const)(
      'changing an alias with the etag of another thing (%s) is refused',
      async (whose) => {
        await register('1.0.0')
        await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })
        await call('setAlias', { alias: 'other', revision_tag: '1.0.0' })
        // This gives the service an etag that differs from the etag of the alias.
        await register('2.0.0')
        const etags = {
          ...{ revision: await etag('1.0.0'), service: await serviceEtag(), nothing: 'nothing' },
          'other alias': (await alias('other'))?.etag,
        }
        const before = await everything()
        const request = { alias: 'beta', etag: etags[whose] }
        await expectRefusal(call('setAlias', { ...request, revision_tag: '2.0.0' }), MISMATCH)
        await expectRefusal(call('deleteAlias', request), MISMATCH)
        expect(await everything()).toEqual(before)
      },
    )

    test('a new alias is refused if the request has an etag', async () => {
      await register('1.0.0')
      await expectRefusal(call('setAlias', { alias: 'beta', revision_tag: '1.0.0', etag: 'any' }), MISMATCH)
      expect(await aliases()).toEqual({})
    })
  })

  test('an alias of a service that does not exist is not found', async () => {
    const missing = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' } as const
    await expectRefusal(call('setAlias', { alias: 'beta', follows: '^1' }), missing)
    await expectRefusal(call('deleteAlias', { alias: 'beta' }), missing)
    await expectRefusal(call('getAlias', { alias: 'beta' }), missing)
    await expectRefusal(call('listAliases'), missing)
    expect(await listed()).toBeUndefined()
  })
})
