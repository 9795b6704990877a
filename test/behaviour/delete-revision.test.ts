import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { remove } from './state.ts'

const NOT_FOUND = { code: 'not_found', reason: 'REVISION_NOT_FOUND' } as const
const NO_SERVICE = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' } as const
const MISMATCH = { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' } as const
const unfit = (reason: string) => ({ code: 'failed_precondition', reason, field: 'revision_tag' }) as const

describeRule('deleting a revision', (subject) => {
  const { call, register } = subject
  const { tag, etag, serviceEtag, revision, tags, everything, listed } = looking(subject)
  const deleteWith = (revisionTag: string, itsEtag: unknown) =>
    call('deleteRevision', { revision_tag: revisionTag, etag: itsEtag })

  test('a deleted revision is in no answer, and the other revisions stay as they were', async () => {
    await register('1.0.0', '1.1.0', '2.0.0')
    await call('yank', { revision_tag: '1.1.0' })
    const before = await everything()
    expect(await deleteWith('1.1.0', await etag('1.1.0'))).toEqual({})
    expect(await everything()).toEqual({
      ...before,
      service: { ...(before?.service as Fields), revision_count: 2 },
      revisions: ((before?.revisions ?? []) as Fields[]).filter(({ revision_tag }) => revision_tag !== '1.1.0'),
    })
    await expectRefusal(call('get', { revision_tag: '1.1.0' }), NOT_FOUND)
    expect(await tag({ version_range: '<2' })).toBe('1.0.0')
    await expectRefusal(call('get', { version_range: '1.1.0' }), NOT_FOUND)
    for (const order of ['NEWEST_FIRST', 'HIGHEST_VERSION_FIRST']) {
      expect(await tags({ order })).toEqual(['2.0.0', '1.0.0'])
    }
    expect(await tags({ state: 'YANKED' })).toEqual([])
  })

  test('deleting the last revision of a service removes the service and its namespace from the lists', async () => {
    const alone = { namespace: subject.service().name, revision_tag: '1.0.0' }
    await call('register', alone)
    await call('yank', alone)
    const full = (await call('get', { ...alone, view: 'FULL' })).revision as { etag: string }
    await call('deleteRevision', { ...alone, etag: full.etag })
    const { services = [] } = await subject.api().call('listServices', { prefix: `${alone.namespace}/` })
    expect(services).toEqual([])
    const { namespaces = [] } = await subject.api().call('listNamespaces', { page_size: 1000 })
    expect(namespaces).not.toContain(alone.namespace)
  })

  describe('refused deletions', () => {
    test.for(['', undefined] as const)('a deletion without an etag (%o) is refused', async (missing) => {
      await register('1.0.0')
      await call('yank', { revision_tag: '1.0.0' })
      const before = await everything()
      const request = { revision_tag: '1.0.0', ...(missing !== undefined && { etag: missing }) }
      const expected = { code: 'invalid_argument', reason: 'INVALID_ETAG', field: 'etag' } as const
      await expectRefusal(call('deleteRevision', request), expected)
      expect(await everything()).toEqual(before)
    })

    test('a deletion is refused with an old etag, or with that of the service or another revision', async () => {
      await register('1.0.0', '1.1.0', '2.0.0')
      const fromBefore = [await etag('1.0.0')]
      await call('yank', { revision_tag: '1.0.0' })
      fromBefore.push(await etag('1.0.0'))
      await call('updateRevision', { revision_tag: '1.0.0', description: 'the first' })
      const before = await everything()
      for (const wrong of [...fromBefore, await etag('1.1.0'), await serviceEtag(), 'anything']) {
        await expectRefusal(deleteWith('1.0.0', wrong), MISMATCH)
      }
      expect(await everything()).toEqual(before)
      await deleteWith('1.0.0', await etag('1.0.0'))
    })

    test.for([
      ['is active', []],
      ['is deprecated', ['deprecate']],
      ['was unyanked', ['yank', 'unyank']],
      ['was unyanked and is still deprecated', ['yank', 'deprecate', 'unyank']],
    ] as const)('a deletion is refused if the revision %s', async ([, methods]) => {
      await register('1.0.0', '2.0.0')
      for (const method of methods) await call(method, { revision_tag: '1.0.0' })
      const before = await everything()
      await expectRefusal(deleteWith('1.0.0', await etag('1.0.0')), unfit('REVISION_NOT_YANKED'))
      expect(await everything()).toEqual(before)
    })

    test('a default revision that is not yanked cannot be deleted', async () => {
      await register('1.0.0', '2.0.0')
      await expectRefusal(deleteWith('2.0.0', await etag('2.0.0')), {
        code: 'failed_precondition',
        reason: 'REVISION_NOT_YANKED',
      })
      expect(await tag()).toBe('2.0.0')
    })

    test('a revision that an alias is fixed to cannot be deleted until the alias is deleted or moved', async () => {
      await register('1.0.0', '2.0.0')
      for (const alias of ['old', 'older']) await call('setAlias', { alias, revision_tag: '1.0.0' })
      await call('yank', { revision_tag: '1.0.0' })
      const expected = { ...unfit('REVISION_IN_USE'), message: /alias "?old/ }
      await expectRefusal(deleteWith('1.0.0', await etag('1.0.0')), expected)
      await call('deleteAlias', { alias: 'old' })
      await expectRefusal(deleteWith('1.0.0', await etag('1.0.0')), expected)
      await call('setAlias', { alias: 'older', revision_tag: '2.0.0' })
      await deleteWith('1.0.0', await etag('1.0.0'))
      expect(await tag({ revision_tag: '1.0.0' })).toBeUndefined()
    })

    test.for([
      ['1.1.0', 'was never registered'],
      ['2.0.0', 'was deleted'],
    ] as const)('a deletion of %s is refused if that revision %s', async ([which]) => {
      await expectRefusal(deleteWith(which, 'anything'), NO_SERVICE)
      await register('1.0.0', '2.0.0')
      if (which === '2.0.0') await remove(subject, '2.0.0')
      await expectRefusal(deleteWith(which, 'anything'), NOT_FOUND)
    })
  })

  test('a yanked revision that is also deprecated can be deleted', async () => {
    await register('1.0.0', '2.0.0')
    await call('yank', { revision_tag: '1.0.0' })
    await call('deprecate', { revision_tag: '1.0.0' })
    await deleteWith('1.0.0', await etag('1.0.0'))
    expect(await tags()).toEqual(['2.0.0'])
  })

  test('a revision that a range alias could choose can be deleted, and the alias moves', async () => {
    await register('1.0.0', '1.1.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await remove(subject, '1.1.0')
    expect(await tag({ alias: 'stable' })).toBe('1.0.0')
    await remove(subject, '1.0.0')
    expect(await tag({ alias: 'stable' })).toBeUndefined()
  })

  test.for([
    ['deprecate', {}, NOT_FOUND],
    ['yank', {}, NOT_FOUND],
    ['unyank', {}, NOT_FOUND],
    ['undeprecate', {}, NOT_FOUND],
    ['updateRevision', { description: 'x' }, NOT_FOUND],
    ['setDefault', {}, unfit('TARGET_NOT_FOUND')],
    ['setAlias', { alias: 'beta' }, unfit('TARGET_NOT_FOUND')],
  ] as const)('%s does not find a deleted revision', async ([method, request, expected]) => {
    await register('1.0.0', '2.0.0')
    await remove(subject, '2.0.0')
    const before = await everything()
    await expectRefusal(call(method, { revision_tag: '2.0.0', ...request }), expected)
    const replacement = call('deprecate', { revision_tag: '1.0.0', replacement: '2.0.0' })
    await expectRefusal(replacement, { ...unfit('TARGET_NOT_FOUND'), field: 'replacement' })
    expect(await everything()).toEqual(before)
  })

  test('after a deletion the default and the highest versions come from the remaining revisions', async () => {
    await register('1.0.0', '2.0.0')
    await remove(subject, '2.0.0')
    await register('1.5.0')
    expect(await listed()).toMatchObject({
      ...{ default_revision_tag: '1.5.0', highest_version: '1.5.0', highest_release: '1.5.0', revision_count: 2 },
    })
    await remove(subject, '1.5.0')
    expect(await revision()).toMatchObject({ revision_tag: '1.0.0' })
  })
})
