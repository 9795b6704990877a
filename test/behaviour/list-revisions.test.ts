import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { tagsOf } from './pages.ts'
import { remove } from './state.ts'

const everything = ['main', '1.3.0', '1.2.0', '1.1.0', '1.0.0']

// These are tags of the revisions that the test below registers, in the order of their versions.
const filters = [
  ...[
    { selector: 'tier=web', tags: ['1.2.0', '1.0.0'], why: 'one value' },
    { selector: 'tier==web', tags: ['1.2.0', '1.0.0'], why: 'one value in the other spelling of Kubernetes' },
    { selector: 'tier!=web', tags: ['main', '1.3.0', '1.1.0'], why: 'another value or no such label' },
    { selector: 'tier in (web, api)', tags: ['1.2.0', '1.1.0', '1.0.0'], why: 'one of two values' },
    { selector: 'tier notin (web,api)', tags: ['main', '1.3.0'], why: 'neither of two values, or no such label' },
    { selector: 'tier', tags: ['1.2.0', '1.1.0', '1.0.0'], why: 'the label, whatever its value' },
    { selector: '!tier', tags: ['main', '1.3.0'], why: 'no such label' },
    { selector: 'tier=web,region=eu', tags: ['1.2.0'], why: 'both requirements' },
    { selector: ' tier = web , region notin (us) ', tags: ['1.2.0', '1.0.0'], why: 'spaces mean nothing' },
    { selector: 'example.com/canary=', tags: ['1.3.0'], why: 'the empty value' },
    { selector: 'tier=we', tags: [], why: 'the beginning of a value is another value' },
    { selector: 'Tier=web', tags: [], why: 'case matters' },
    { selector: '', tags: everything, why: 'no requirement' },
  ].map(({ selector, ...row }) => ({ request: { label_selector: selector }, ...row })),
  { request: { state: 'ACTIVE' }, tags: ['main', '1.3.0', '1.0.0'], why: 'active revisions only' },
  { request: { state: 'DEPRECATED' }, tags: ['1.1.0'], why: 'deprecated revisions only' },
  { request: { state: 'YANKED' }, tags: ['1.2.0'], why: 'yanked revisions only' },
  {
    request: { state: 'STATE_UNSPECIFIED' },
    tags: everything,
    why: 'any state',
  },
  { request: { state: 'ACTIVE', label_selector: 'tier=web' }, tags: ['1.0.0'], why: 'both filters' },
  { request: { state: 'YANKED', label_selector: '!tier' }, tags: [], why: 'nothing meets both' },
]

describeBehaviour('ListRevisions', (subject) => {
  const { call, register, service } = subject
  const list = async (request: Fields = {}) => tagsOf(await call('listRevisions', request))

  describe('the order of ListRevisions', () => {
    test('ListRevisions answers the newest revisions first by default, whatever their versions', async () => {
      await register('1.2.0', '1.10.0', 'main', '1.9.0')
      const newestFirst = ['1.9.0', 'main', '1.10.0', '1.2.0']
      expect(await list()).toEqual(newestFirst)
      expect(await list({ order: 'ORDER_UNSPECIFIED' })).toEqual(newestFirst)
      expect(await list({ order: 'NEWEST_FIRST' })).toEqual(newestFirst)
    })

    test('ListRevisions by version answers the highest version first and other tags at the end', async () => {
      const tags = ['main', '1.2.0', '2.0.0-rc.1', 'Z', '1.10.0', '1.2', '2.0.0', '2.0.0-beta.11', '_x', '2.0.0-beta.2']
      await register(...tags, 'v1.9.0', '01.0.0', 'a-b', 'a.b')
      expect(await list({ order: 'HIGHEST_VERSION_FIRST' })).toEqual([
        ...['2.0.0', '2.0.0-rc.1', '2.0.0-beta.11', '2.0.0-beta.2', '1.10.0', 'v1.9.0', '1.2.0'],
        ...['main', 'a.b', 'a-b', '_x', 'Z', '1.2', '01.0.0'],
      ])
    })

    test('ListRevisions by version answers the newest first among tags of the same version', async () => {
      await register('v1.0.0', '1.0.0', '2.0.0', 'v2.0.0')
      expect(await list({ order: 'HIGHEST_VERSION_FIRST' })).toEqual(['v2.0.0', '2.0.0', '1.0.0', 'v1.0.0'])
    })

    test('ListRevisions keeps its order after a revision was deleted and another was registered', async () => {
      await register('1.0.0', '1.1.0', '1.2.0')
      await remove(subject, '1.1.0')
      expect(await list()).toEqual(['1.2.0', '1.0.0'])
      await register('1.1.1')
      expect(await list()).toEqual(['1.1.1', '1.2.0', '1.0.0'])
      expect(await list({ order: 'HIGHEST_VERSION_FIRST' })).toEqual(['1.2.0', '1.1.1', '1.0.0'])
    })
  })

  test('ListRevisions filters by state and by labels', async () => {
    await call('register', { revision_tag: '1.0.0', labels: { tier: 'web' } })
    await call('register', { revision_tag: '1.1.0', labels: { tier: 'api', region: 'eu' } })
    await call('register', { revision_tag: '1.2.0', labels: { tier: 'web', region: 'eu' } })
    await call('register', { revision_tag: '1.3.0', labels: { 'example.com/canary': '' } })
    await register('main')
    await call('deprecate', { revision_tag: '1.1.0', message: 'slow' })
    await call('yank', { revision_tag: '1.2.0', reason: 'broken' })
    for (const { request, tags, why } of filters) {
      expect(await list(request), why).toEqual(tags)
      // `main` is the newest tag, and it is not a version.
      const byVersion = [...tags.filter((tag) => tag !== 'main'), ...tags.filter((tag) => tag === 'main')]
      expect(await list({ ...request, order: 'HIGHEST_VERSION_FIRST', view: 'FULL' }), why).toEqual(byVersion)
    }
  })

  test('ListRevisions filters by the current labels and states', async () => {
    await call('register', { revision_tag: '1.0.0', labels: { tier: 'web' } })
    await call('updateRevision', { revision_tag: '1.0.0', labels: { tier: 'api' } })
    expect(await list({ label_selector: 'tier=web' })).toEqual([])
    expect(await list({ label_selector: 'tier=api' })).toEqual(['1.0.0'])
    await call('yank', { revision_tag: '1.0.0' })
    await call('unyank', { revision_tag: '1.0.0' })
    expect(await list({ state: 'YANKED' })).toEqual([])
    expect(await list({ state: 'ACTIVE' })).toEqual(['1.0.0'])
  })

  describe('the revisions of ListRevisions', () => {
    test('ListRevisions in the view BASIC answers four keys for each revision, including is_default', async () => {
      await register('1.0.0', '2.0.0')
      const basic = [
        { ...service(), revision_tag: '2.0.0', is_default: true },
        { ...service(), revision_tag: '1.0.0', is_default: false },
      ]
      expect((await call('listRevisions')).revisions).toEqual(basic)
      expect((await call('listRevisions', { view: 'BASIC' })).revisions).toEqual(basic)
    })

    test('ListRevisions answers each revision in the same form as Get, in both views', async () => {
      await call('register', { revision_tag: '1.0.0', labels: { tier: 'web' }, description: 'The first' })
      await register('1.1.0', '1.2.0')
      await call('yank', { revision_tag: '1.1.0', reason: 'broken' })
      await call('deprecate', { revision_tag: '1.0.0', message: 'old', replacement: '1.2.0' })
      for (const view of ['BASIC', 'FULL']) {
        const get = async (tag: string) => (await call('get', { revision_tag: tag, view })).revision
        const expected = [await get('1.2.0'), await get('1.1.0'), await get('1.0.0')]
        expect((await call('listRevisions', { view })).revisions, view).toEqual(expected)
      }
    })
  })

  test('ListRevisions answers no revision of another service', async () => {
    await register('1.0.0')
    const { name } = service()
    await call('register', { name: `${name}-b`, revision_tag: '9.0.0' })
    await call('register', { namespace: 'my-org-b', revision_tag: '8.0.0' })
    expect(await list()).toEqual(['1.0.0'])
    expect(await list({ name: `${name}-b` })).toEqual(['9.0.0'])
  })

  test('ListRevisions of a service that does not exist is not found, on every page', async () => {
    const unknown = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' } as const
    await expectRefusal(call('listRevisions'), unknown)
    await expectRefusal(call('listRevisions', { order: 'HIGHEST_VERSION_FIRST', label_selector: 'tier' }), unknown)
  })
})
