import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { tagsOf } from './pages.ts'
import { etagsOf, wholeState } from './state.ts'

interface Row {
  readonly method: Method
  readonly request: Fields
  /** Fields that make it another request. */
  readonly others: readonly Fields[]
}

const source = { commit: 'abc' }
const endpoints = [{ protocol: 'grpc', uri: 'https://a.example:1' }]

// These requests come after the registrations of `prepare`.
const rows: readonly Row[] = [
  {
    method: 'register',
    request: { revision_tag: '1.2.0', labels: { tier: 'web', region: 'eu' }, endpoints, description: 'words', source },
    others: [
      { revision_tag: '1.2.1' },
      { is_default: true },
      { is_default: false },
      { labels: { tier: 'web' } },
      { endpoints: [] },
      { description: 'other words' },
      { source: {} },
    ],
  },
  {
    method: 'updateRevision',
    request: { revision_tag: '1.0.0', labels: { tier: 'web' }, description: 'words' },
    others: [
      { revision_tag: '1.1.0' },
      { labels: { tier: 'api' } },
      { description: 'other words' },
      { endpoints },
      { update_mask: 'labels' },
    ],
  },
  {
    method: 'setDefault',
    request: { revision_tag: '1.0.0', reason: 'words' },
    others: [{ revision_tag: '1.1.0' }, { reason: 'other words' }],
  },
  { method: 'clearDefault', request: { reason: 'words' }, others: [{ reason: 'other words' }] },
  {
    method: 'setAlias',
    request: { alias: 'pinned', follows: '>=1.0.0' },
    others: [{ alias: 'beta' }, { follows: '>=1.0.1' }, { include_prerelease: true }],
  },
  { method: 'setAlias', request: { alias: 'pinned', revision_tag: '1.1.0' }, others: [{ revision_tag: '1.0.0' }] },
  { method: 'deleteAlias', request: { alias: 'pinned' }, others: [{ alias: 'stable' }] },
  {
    method: 'deprecate',
    request: { revision_tag: '1.0.0', message: 'words', replacement: '1.1.0' },
    others: [{ revision_tag: '0.9.0' }, { message: 'other words' }, { replacement: '' }],
  },
  {
    method: 'yank',
    request: { revision_tag: '1.1.0', reason: 'words' },
    others: [{ revision_tag: '1.0.0' }, { reason: 'other words' }, { if_default: 'CLEAR' }],
  },
  { method: 'unyank', request: { revision_tag: '0.5.0' }, others: [{ revision_tag: '0.6.0' }] },
  { method: 'undeprecate', request: { revision_tag: '0.9.0' }, others: [{ revision_tag: '1.0.0' }] },
  { method: 'deleteRevision', request: { revision_tag: '0.5.0' }, others: [{ revision_tag: '0.6.0' }] },
]

const request_id = '5f0c2a51-6a3c-4b55-9e5f-8e0c6b0b8d11'
const reused = {
  code: 'already_exists',
  reason: 'REQUEST_ID_REUSED',
  field: 'request_id',
  message: new RegExp(`request_id "${request_id}" belongs to another request of this service; use a new id`),
} as const

describeRule('a request_id', (subject) => {
  const { call, register, service } = subject

  const prepare = async () => {
    await register('0.5.0', '0.6.0', '0.9.0', '1.0.0', '1.1.0')
    for (const revision_tag of ['0.5.0', '0.6.0']) await call('yank', { revision_tag })
    await call('deprecate', { revision_tag: '0.9.0', message: 'too old' })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', follows: '^1' })
  }

  // Adds the etag if the method needs one.
  const complete = async (method: Method, request: Fields): Promise<Fields> =>
    method === 'deleteRevision' ? { ...request, etag: (await etagsOf(subject))['0.5.0'] } : request

  // Changes everything that the answers contain and everything that the requests are about.
  const changeEverything = async () => {
    await register('3.0.0')
    await call('setAlias', { alias: 'pinned', revision_tag: '3.0.0' })
    await call('setAlias', { alias: 'stable', follows: '*' })
    await call('clearDefault')
    await call('setDefault', { revision_tag: '3.0.0' })
    for (const revision_tag of tagsOf(await call('listRevisions'))) {
      await call('updateRevision', { revision_tag, labels: { changed: 'since' }, description: 'changed since' })
      await call('deprecate', { revision_tag, message: 'deprecated since' })
      await call('unyank', { revision_tag })
    }
  }

  describe.for(rows)('with $method of $request', ({ method, request, others }) => {
    test('a change that is sent again with its request_id gets the first answer and changes nothing', async () => {
      await prepare()
      const sent = { ...(await complete(method, request)), request_id }
      const before = await wholeState(subject)
      const first = await call(method, sent)
      const after = await wholeState(subject)
      expect(after, 'it was made').not.toEqual(before)
      expect(await call(method, sent)).toEqual(first)
      expect(await wholeState(subject)).toEqual(after)

      await changeEverything()
      const later = await wholeState(subject)
      expect(later).not.toEqual(after)
      expect(await call(method, sent)).toEqual(first)
      expect(await wholeState(subject)).toEqual(later)
    })

    test('a request_id with other content is refused, and nothing changes', async () => {
      await prepare()
      const sent = { ...(await complete(method, request)), request_id }
      await call(method, sent)
      const after = await wholeState(subject)
      for (const other of others) await expectRefusal(call(method, { ...sent, ...other }), reused)
      expect(await wholeState(subject)).toEqual(after)
      await call('register', { revision_tag: '9.0.0', request_id: `${request_id}-2` })
      expect(await wholeState(subject), 'another id is free').not.toEqual(after)
    })
  })

  test('a request_id belongs to one service, and another service may use it for another request', async () => {
    const { name } = service()
    const others = [{}, { name: `${name}-b` }, { namespace: 'my-org-b' }]
    for (const [index, other] of others.entries()) {
      const sent = { ...other, revision_tag: `1.0.${index}`, request_id }
      const { revision } = await call('register', sent)
      expect(revision).toMatchObject({ ...other, revision_tag: `1.0.${index}` })
      expect((await call('register', sent)).revision).toEqual(revision)
    }
  })

  test('a call that was refused or only validated does not use up its request_id', async () => {
    await prepare()
    const sent = { revision_tag: '2.0.0', request_id }
    await expectRefusal(call('setDefault', sent), { code: 'failed_precondition', reason: 'TARGET_NOT_FOUND' })
    await call('register', { revision_tag: '2.0.0', is_default: false })
    await call('setDefault', { ...sent, validate_only: true })
    await call('clearDefault', { request_id, validate_only: true })
    expect((await call('get')).revision).toMatchObject({ revision_tag: '1.1.0' })
    const first = await call('setDefault', sent)
    expect((await call('get')).revision).toMatchObject({ revision_tag: '2.0.0' })
    await call('setDefault', { revision_tag: '1.0.0' })
    expect(await call('setDefault', sent)).toEqual(first)
    expect((await call('get')).revision).toMatchObject({ revision_tag: '1.0.0' })
  })

  test('a repeated request_id gets the first answer even if its etag is outdated by then', async () => {
    await prepare()
    const { service: etag } = await etagsOf(subject)
    const sent = { revision_tag: '1.0.0', etag, request_id }
    const first = await call('setDefault', sent)
    await call('clearDefault')
    expect(await call('setDefault', sent)).toEqual(first)
    await expectRefusal(call('setDefault', { ...sent, etag: '' }), reused)
  })

  test('the same request_id for two methods is refused, even if the requests have the same fields', async () => {
    await prepare()
    const sent = { revision_tag: '0.5.0', etag: (await etagsOf(subject))['0.5.0'], request_id }
    await call('unyank', sent)
    const after = await wholeState(subject)
    await expectRefusal(call('deleteRevision', sent), reused)
    await expectRefusal(call('yank', sent), reused)
    await expectRefusal(call('register', { revision_tag: '0.5.0', request_id }), reused)
    await expectRefusal(call('clearDefault', { request_id }), reused)
    expect(await wholeState(subject)).toEqual(after)
  })

  test('requests that differ only in the order of their fields are the same request', async () => {
    await prepare()
    const sent = { revision_tag: '1.2.0', request_id }
    const first = await call('register', { ...sent, labels: { a: '1', b: '2' } })
    expect(await call('register', { ...sent, labels: { b: '2', a: '1' } })).toEqual(first)
  })

  test('the request_id of a replay is not kept, because a replay changes nothing', async () => {
    await prepare()
    const sent = { revision_tag: '1.1.0', request_id }
    await call('register', sent)
    await call('setDefault', { revision_tag: '1.0.0' })
    expect((await call('register', sent)).revision).toMatchObject({ revision_tag: '1.1.0', is_default: false })
    await call('register', { revision_tag: '1.2.0', request_id })
    await expectRefusal(call('register', { revision_tag: '1.3.0', request_id }), reused)
  })

  test('the request_id of a change that changes nothing is not kept, so it makes a change later', async () => {
    await prepare()
    const sent = { revision_tag: '0.9.0', message: 'too old', request_id }
    await call('deprecate', sent)
    await call('undeprecate', { revision_tag: '0.9.0' })
    expect((await call('deprecate', sent)).revision).toMatchObject({ state: 'DEPRECATED' })
    await expectRefusal(call('deprecate', { ...sent, message: 'other words' }), reused)
  })

  describe('concurrent calls with one request_id', () => {
    const twenty = (method: Method, request: Fields) =>
      Promise.all(Array.from({ length: 20 }, () => call(method, { ...request, request_id })))

    test('twenty concurrent calls with one request_id make one registration with one answer', async () => {
      const answers = await twenty('register', { revision_tag: '1.0.0' })
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(answers[0]?.replayed ?? false).toBe(false)
      expect(await wholeState(subject)).toMatchObject({ service: { revision_count: 1 } })
    })

    test('twenty concurrent changes with one request_id make one change, while others write', async () => {
      await prepare()
      const writing = register('1.2.0', '1.3.0', '1.4.0')
      const aliases = (await twenty('setAlias', { alias: 'beta', follows: '<=1.1.0' })).map(({ alias }) => alias)
      await writing
      expect(new Set(aliases.map((alias) => (alias as Fields).etag)).size).toBe(1)
      expect(await etagsOf(subject)).toMatchObject({ beta: (aliases[0] as Fields).etag })
    })

    test('two different concurrent requests with one request_id make one change', async () => {
      await prepare()
      const sent = ['1.0.0', '0.9.0'].flatMap((revision_tag) =>
        Array.from({ length: 10 }, () => call('setDefault', { revision_tag, request_id })),
      )
      const results = await Promise.allSettled(sent)
      const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      expect(made).toHaveLength(10)
      expect(new Set(made.map((answer) => JSON.stringify(answer))).size).toBe(1)
      for (const each of sent.filter((_, index) => results[index]?.status === 'rejected'))
        await expectRefusal(each, reused)
    })
  })
})
