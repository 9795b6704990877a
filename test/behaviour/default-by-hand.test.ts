import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { remove } from './state.ts'

describeBehaviour('the default by hand', (subject) => {
  const { call, register } = subject
  const { revision, tag, etag, serviceEtag, everything, listed } = looking(subject)

  describe('SetDefault', () => {
    test('SetDefault answers the service in its new state', async () => {
      await register('1.0.0', '1.1.0', '2.0.0-rc.1')
      const { service } = await call('setDefault', { revision_tag: '1.0.0', reason: 'the others answer too late' })
      expect(service).toEqual({
        ...subject.service(),
        default_revision_tag: '1.0.0',
        highest_version: '2.0.0-rc.1',
        highest_release: '1.1.0',
        revision_count: 3,
        etag: await serviceEtag(),
        effect: { default_revision: { before: '2.0.0-rc.1', after: '1.0.0' }, moved: 100_000 },
      })
    })

    test.for([
      ['1.0.0', 'is older than the default'],
      ['2.0.0', 'is the default already'],
      ['1.5.0', 'is deprecated, which is allowed'],
      ['0.9.0', 'was registered with is_default false'],
      ['2.1.0', 'is higher than the default and was registered with is_default false'],
      ['main', 'is not a version'],
    ] as const)('SetDefault makes %s the default, which %s', async ([wanted]) => {
      await register('1.0.0', '1.5.0', 'main', '2.0.0')
      for (const held of ['0.9.0', '2.1.0']) await call('register', { revision_tag: held, is_default: false })
      await call('deprecate', { revision_tag: '1.5.0' })
      await call('setDefault', { revision_tag: wanted })
      expect(await revision()).toMatchObject({ revision_tag: wanted, is_default: true })
      const others = ['1.0.0', '1.5.0', 'main', '2.0.0', '0.9.0', '2.1.0'].filter((each) => each !== wanted)
      for (const other of others) expect(await revision({ revision_tag: other })).toMatchObject({ is_default: false })
    })

    test('the reason of SetDefault is shown in the explanation of the default', async () => {
      await register('1.0.0', '2.0.0')
      await call('setDefault', { revision_tag: '1.0.0', reason: 'the others answer too late' })
      expect((await revision({ explain: true })).explanation).toMatchObject({
        rule: 'DEFAULT_BY_HAND',
        description: expect.stringContaining('the others answer too late'),
      })
    })

    test('SetDefault does not change the revisions or their etags', async () => {
      await register('1.0.0', '2.0.0')
      const before = await Promise.all([etag('1.0.0'), etag('2.0.0')])
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await Promise.all([etag('1.0.0'), etag('2.0.0')])).toEqual(before)
    })

    test.for([
      [
        '9.9.9',
        'TARGET_NOT_FOUND',
        'was never registered',
        /"9\.9\.9" is not a revision of the service; register it first/,
      ],
      ['1.1.0', 'TARGET_YANKED', 'is yanked', /"1\.1\.0" is yanked/],
      ['1.2.0', 'TARGET_NOT_FOUND', 'was deleted', /"1\.2\.0"/],
    ] as const)('SetDefault refuses %s with %s, because it %s', async ([wanted, reason, , message]) => {
      await register('1.1.0', '1.2.0', '2.0.0')
      await call('yank', { revision_tag: '1.1.0' })
      await remove(subject, '1.2.0')
      const before = await everything()
      const expected = { code: 'failed_precondition', reason, field: 'revision_tag', message } as const
      await expectRefusal(call('setDefault', { revision_tag: wanted }), expected)
      expect(await everything()).toEqual(before)
    })

    test('SetDefault of an unknown service is refused, and no service comes into being', async () => {
      const expected = { code: 'failed_precondition', reason: 'TARGET_NOT_FOUND', field: 'revision_tag' } as const
      await expectRefusal(call('setDefault', { revision_tag: '1.0.0' }), expected)
      expect(await listed()).toBeUndefined()
    })

    test.for([
      ['', 'empty'],
      ['1.0+build', 'not a tag'],
    ] as const)('SetDefault refuses the tag "%s", which is %s', async ([wanted]) => {
      await register('1.0.0')
      const expected = { code: 'invalid_argument', reason: 'INVALID_REVISION_TAG', field: 'revision_tag' } as const
      await expectRefusal(call('setDefault', { revision_tag: wanted }), expected)
    })

    test.for([
      ['2.0.1', undefined, '2.0.1', 'is the highest version'],
      ['1.5.0', undefined, '1.0.0', 'is not the highest version'],
      ['main', undefined, '1.0.0', 'is not a version'],
      ['0.1.0', true, '0.1.0', 'has is_default true'],
      ['2.0.1', false, '1.0.0', 'has is_default false'],
      ['2.0.0', undefined, '1.0.0', 'is a replay'],
    ] as const)(
      'after SetDefault and the registration of %s (is_default %s) the default is %s, because it %s',
      async (row) => {
        const [next, isDefault, expected] = row
        await register('1.0.0', '2.0.0')
        await call('setDefault', { revision_tag: '1.0.0' })
        await call('register', { revision_tag: next, ...(isDefault !== undefined && { is_default: isDefault }) })
        expect(await tag()).toBe(expected)
      },
    )
  })

  describe('ClearDefault', () => {
    test('ClearDefault leaves the service without a default and does not touch its revisions', async () => {
      await register('1.0.0', '2.0.0')
      const { service } = await call('clearDefault', { reason: 'nobody is to call it for now' })
      expect(service).toEqual({
        ...subject.service(),
        ...{ highest_version: '2.0.0', highest_release: '2.0.0', revision_count: 2, etag: await serviceEtag() },
        effect: { default_revision: { before: '2.0.0' }, moved: 100_000 },
      })
      await expectRefusal(call('get'), { code: 'not_found', reason: 'NO_DEFAULT' })
      expect(await revision({ revision_tag: '2.0.0' })).toMatchObject({ is_default: false })
      expect(await tag({ version_range: '*' })).toBe('2.0.0')
    })

    test('ClearDefault may be called twice', async () => {
      await register('1.0.0')
      await call('clearDefault')
      const before = await everything()
      expect(await call('clearDefault')).toEqual({ service: before?.service })
      expect(await everything()).toEqual(before)
    })

    test('SetDefault after ClearDefault sets a default again', async () => {
      await register('1.0.0', '2.0.0')
      await call('clearDefault')
      await call('setDefault', { revision_tag: '1.0.0' })
      expect(await tag()).toBe('1.0.0')
    })

    test('ClearDefault of an unknown service is not found', async () => {
      await expectRefusal(call('clearDefault'), { code: 'not_found', reason: 'SERVICE_NOT_FOUND' })
    })

    test.for([
      ['2.0.1', undefined, '2.0.1', 'is the highest version'],
      ['1.5.0', undefined, undefined, 'is not the highest version'],
      ['main', undefined, undefined, 'is not a version'],
      ['0.1.0', true, '0.1.0', 'has is_default true'],
      ['2.0.1', false, undefined, 'has is_default false'],
      ['2.0.0', undefined, undefined, 'is a replay'],
    ] as const)(
      'after ClearDefault and the registration of %s (is_default %s) the default is %s, because it %s',
      async (row) => {
        const [next, isDefault, expected] = row
        await register('1.0.0', '2.0.0')
        await call('clearDefault')
        await call('register', { revision_tag: next, ...(isDefault !== undefined && { is_default: isDefault }) })
        expect(await tag()).toBe(expected)
      },
    )
  })
})
