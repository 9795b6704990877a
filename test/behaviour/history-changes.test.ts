import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour, describeRule } from '../support/store-behaviour.ts'
import { changesOf, differencesIn, generationsOf, laterTime } from './history.ts'
import { tokenOf } from './pages.ts'
import { remove } from './state.ts'

describeBehaviour('the changes of a service', (subject) => {
  const { call, register } = subject

  test('each kind of change is in the list, the newest first, with the values before and after', async () => {
    await register('1.0.0')
    const made: readonly (readonly [Method, Fields])[] = [
      ['setAlias', { alias: 'stable', follows: '^1' }],
      ['register', { revision_tag: '1.1.0', labels: { tier: '' } }],
      ['updateRevision', { revision_tag: '1.1.0', labels: { tier: 'web' } }],
      ['setDefault', { revision_tag: '1.0.0', reason: 'too early' }],
      ['deprecate', { revision_tag: '1.0.0', message: 'too slow', replacement: '1.1.0' }],
      ['undeprecate', { revision_tag: '1.0.0' }],
      ['yank', { revision_tag: '1.1.0', reason: 'it loses data' }],
      ['unyank', { revision_tag: '1.1.0' }],
      ['deleteAlias', { alias: 'stable' }],
      ['clearDefault', { request_id: 'request-1' }],
    ]
    for (const [method, request] of made) await call(method, request)
    const changes = await changesOf(subject)
    expect(generationsOf(changes)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    const shown = changes.toReversed().map(({ event, revision_tag, alias, reason, request_id, ...others }) => {
      expect(others.actor).toBe('anonymous')
      expect(others.time).toMatch(/^20\d\d-/)
      return { event, revision_tag, alias, reason, request_id, differences: differencesIn(others) }
    })
    expect(shown).toEqual([
      {
        ...{ event: 'REVISION_REGISTERED', revision_tag: '1.0.0' },
        differences: [
          'default: undefined → 1.0.0',
          'highest_version: undefined → 1.0.0',
          'highest_release: undefined → 1.0.0',
          'state: undefined → active',
        ],
      },
      { event: 'ALIAS_SET', alias: 'stable', differences: ['aliases.stable: undefined → ^1 → 1.0.0'] },
      {
        ...{ event: 'REVISION_REGISTERED', revision_tag: '1.1.0' },
        differences: [
          'default: 1.0.0 → 1.1.0',
          'highest_version: 1.0.0 → 1.1.0',
          'highest_release: 1.0.0 → 1.1.0',
          'aliases.stable: ^1 → 1.0.0 → ^1 → 1.1.0',
          'state: undefined → active',
          'labels.tier: undefined → ',
        ],
      },
      { event: 'REVISION_UPDATED', revision_tag: '1.1.0', differences: ['labels.tier:  → web'] },
      { event: 'DEFAULT_SET', reason: 'too early', differences: ['default: 1.1.0 → 1.0.0'] },
      {
        ...{ event: 'REVISION_DEPRECATED', revision_tag: '1.0.0', reason: 'too slow' },
        differences: ['state: active → deprecated', 'deprecation: undefined → too slow (use 1.1.0)'],
      },
      {
        ...{ event: 'REVISION_UNDEPRECATED', revision_tag: '1.0.0' },
        differences: ['state: deprecated → active', 'deprecation: too slow (use 1.1.0) → undefined'],
      },
      {
        ...{ event: 'REVISION_YANKED', revision_tag: '1.1.0', reason: 'it loses data' },
        differences: [
          'highest_version: 1.1.0 → 1.0.0',
          'highest_release: 1.1.0 → 1.0.0',
          'aliases.stable: ^1 → 1.1.0 → ^1 → 1.0.0',
          'state: active → yanked',
          'yank: undefined → it loses data',
        ],
      },
      {
        ...{ event: 'REVISION_UNYANKED', revision_tag: '1.1.0' },
        differences: [
          'highest_version: 1.0.0 → 1.1.0',
          'highest_release: 1.0.0 → 1.1.0',
          'aliases.stable: ^1 → 1.0.0 → ^1 → 1.1.0',
          'state: yanked → active',
          'yank: it loses data → undefined',
        ],
      },
      { event: 'ALIAS_DELETED', alias: 'stable', differences: ['aliases.stable: ^1 → 1.1.0 → undefined'] },
      { event: 'DEFAULT_CLEARED', request_id: 'request-1', differences: ['default: 1.0.0 → undefined'] },
    ])
  })

  test('pages of changes follow each other without gaps, even if changes are made in between', async () => {
    await register('1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0')
    const first = await call('listChanges', { page_size: 2 })
    await register('1.5.0')
    const second = await call('listChanges', { page_size: 2, page_token: tokenOf(first) })
    const third = await call('listChanges', { page_size: 2, page_token: tokenOf(second) })
    expect([first, second, third].map(({ changes }) => generationsOf(changes as Fields[]))).toEqual([
      [5, 4],
      [3, 2],
      [1],
    ])
    expect(tokenOf(third)).toBe('')
  })

  test('a list of changes can be restricted to a revision, an alias, a kind or an actor', async () => {
    await register('1.0.0', '2.0.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'beta', revision_tag: '2.0.0' })
    await register('1.1.0')
    await call('yank', { revision_tag: '1.1.0' })
    const found = async (request: Fields) => generationsOf(await changesOf(subject, { page_size: 1, ...request }))
    expect(await found({ revision_tag: '1.1.0' })).toEqual([6, 5])
    expect(await found({ revision_tag: '3.0.0' })).toEqual([])
    expect(await found({ alias: 'stable' }), 'the range moved, too').toEqual([6, 5, 3])
    expect(await found({ alias: 'beta' })).toEqual([4])
    expect(await found({ event: 'REVISION_REGISTERED' })).toEqual([5, 2, 1])
    expect(await found({ event: 'REVISION_YANKED', alias: 'stable', revision_tag: '1.1.0' })).toEqual([6])
    expect(await found({ event: 'ROLLOUT_SET' })).toEqual([])
    expect(await found({ actor: 'anonymous' })).toEqual([6, 5, 4, 3, 2, 1])
    expect(await found({ actor: 'Anonymous' })).toEqual([])
  })

  test('a list of changes can be restricted to the changes after a time and before another one', async () => {
    for (const tag of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) {
      await register(tag)
      await laterTime()
    }
    const [, third, second] = await changesOf(subject)
    const found = async (request: Fields) => generationsOf(await changesOf(subject, { page_size: 1, ...request }))
    expect(await found({ after_time: second?.time })).toEqual([4, 3])
    expect(await found({ before_time: third?.time })).toEqual([2, 1])
    expect(await found({ after_time: second?.time, before_time: third?.time })).toEqual([])
    const inTheMiddle = String(third?.time).replace(/(\.\d{3})?Z$/, (_, part = '.000') => `${part}5Z`)
    expect(await found({ before_time: inTheMiddle }), 'a part of a millisecond later').toEqual([3, 2, 1])
    expect(await found({ after_time: inTheMiddle })).toEqual([4])
    expect(await found({ after_time: '1970-01-01T00:00:00Z', before_time: '2999-01-01T00:00:00Z' })).toEqual([
      4, 3, 2, 1,
    ])
    expect(await found({ after_time: '2999-01-01T00:00:00Z' }), 'a filter may be in the future').toEqual([])
    expect(await found({ before_time: '1970-01-01T00:00:00Z' })).toEqual([])
  })

  test('a service whose revisions were all deleted still has its changes, and a service without changes has none', async () => {
    await expectRefusal(call('listChanges'), { code: 'not_found', reason: 'SERVICE_NOT_FOUND' })
    await register('1.0.0')
    await call('setAlias', { alias: 'stable', follows: '^2' })
    await remove(subject, '1.0.0')
    const [deleted, ...others] = await changesOf(subject)
    expect(deleted).toMatchObject({ event: 'REVISION_DELETED', revision_tag: '1.0.0' })
    expect(differencesIn(deleted as Fields)).toEqual([
      'aliases.stable: ^2 → no revision → undefined',
      'state: yanked → deleted',
      'yank: without a reason → undefined',
    ])
    expect(others).toHaveLength(3)
  })
})

describeRule('a page of changes', (subject) => {
  const { call, register } = subject
  const refused = { code: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN', field: 'page_token' } as const

  test.for<Fields>([
    { revision_tag: '1.0.0' },
    { alias: 'stable' },
    { event: 'ALIAS_SET' },
    { actor: 'anonymous' },
    { after_time: '2026-01-01T00:00:00Z' },
    { before_time: '2999-01-01T00:00:00Z' },
  ])('a page token is refused by a list of changes with another filter (%j)', async (filter) => {
    await register('1.0.0', '1.1.0')
    const page_token = tokenOf(await call('listChanges', { page_size: 1 }))
    await expectRefusal(call('listChanges', { ...filter, page_token }), refused)
  })

  test('a filter that few changes meet reads on until it finds them', async () => {
    await call('register', { revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
    for (let i = 0; i < 20; i++) await call('updateRevision', { revision_tag: '1.0.0', description: `${i}` })
    const { changes, next_page_token } = await call('listChanges', { alias: 'stable', page_size: 2 })
    expect(generationsOf(changes as Fields[])).toEqual([2])
    expect(next_page_token).toBeUndefined()
  })

  describe('large changes', () => {
    test('a page of changes with large values has at most 4 MiB, and the next one goes on', async () => {
      const uri = `https://${'a'.repeat(1_990)}.example.com`
      const endpoints = (protocol: string) => Array.from({ length: 16 }, () => ({ protocol, uri }))
      await register('1.0.0')
      for (let i = 0; i < 60; i++) {
        await call('updateRevision', { revision_tag: '1.0.0', endpoints: endpoints(`p${i}`) })
      }
      const page = await call('listChanges', { page_size: 1_000 })
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(4 * 1024 ** 2)
      const rest = await changesOf(subject, { page_size: 1_000 })
      expect(generationsOf(rest)).toEqual(Array.from({ length: 61 }, (_, index) => 61 - index))
    })
  })
})

describeRule('a filter of changes that is not valid', ({ call, register }) => {
  test.for<readonly [Fields, string, string]>([
    [{ revision_tag: 'a/b' }, 'INVALID_REVISION_TAG', 'revision_tag'],
    [{ alias: 'Stable' }, 'INVALID_ALIAS', 'alias'],
    [{ page_size: -1 }, 'INVALID_PAGE_SIZE', 'page_size'],
    [{ page_token: 'x' }, 'INVALID_PAGE_TOKEN', 'page_token'],
    [{ actor: 'a\u0007' }, 'INVALID_REQUEST', 'actor'],
    [{ actor: 'a'.repeat(1_025) }, 'INVALID_REQUEST', 'actor'],
  ])('a list of changes refuses %j', async ([request, reason, field]) => {
    await register('1.0.0')
    await expectRefusal(call('listChanges', request), { code: 'invalid_argument', reason, field })
  })
})
