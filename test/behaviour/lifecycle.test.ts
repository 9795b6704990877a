import { expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

/** How a revision gets into each state, and what Get says of it then. */
const states = {
  ACTIVE: { method: 'unyank', request: {}, shown: {} },
  DEPRECATED: {
    method: 'deprecate',
    request: { message: 'gets no fixes', replacement: '1.0.0' },
    shown: { state: 'DEPRECATED', deprecation: { message: 'gets no fixes', replacement: '1.0.0' } },
  },
  YANKED: {
    method: 'yank',
    request: { reason: 'loses data' },
    shown: { state: 'YANKED', yank: { reason: 'loses data' } },
  },
} as const satisfies Record<string, { method: Method; request: Fields; shown: Fields }>

type State = keyof typeof states
const names = Object.keys(states) as State[]
const moves = names.flatMap((from) => names.map((to) => [from, to] as const))

describeBehaviour('the state of a revision', (subject) => {
  const { call, register } = subject
  const { tag, etag, revision, alias, everything } = looking(subject)
  const enter = async (state: State, more: Fields = {}) => {
    const { method, request } = states[state]
    return call(method, { revision_tag: '1.1.0', ...request, ...more })
  }

  const expectOldEtagToBeRefused = async (state: State, old: unknown) => {
    const before = await everything()
    await expectRefusal(enter(state, { etag: old }), { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' })
    expect(await everything()).toEqual(before)
    await enter(state, { etag: await etag('1.1.0') })
  }

  test.for(moves)('the state of a revision moves from %s to %s, and all that Get says follows', async ([from, to]) => {
    await register('1.0.0')
    const content = { labels: { tier: 'web' }, description: 'the second' }
    await call('register', { revision_tag: '1.1.0', is_default: false, ...content })
    await enter(from)
    const before = await revision({ revision_tag: '1.1.0', view: 'FULL' })
    const answer = await enter(to)
    const expected = { ...subject.service(), revision_tag: '1.1.0', is_default: false, ...content, ...states[to].shown }
    expect(answer.revision).toEqual(expected)
    expect(await revision({ revision_tag: '1.1.0' })).toEqual(expected)
    const { etag: newEtag, service_etag, ...rest } = await revision({ revision_tag: '1.1.0', view: 'FULL' })
    const { register_time, registered_by, pub_sub_topic } = before
    expect(rest).toEqual({ ...expected, state: to, register_time, registered_by, pub_sub_topic })
    expect(newEtag).not.toBe(before.etag)
    const isChosen = to !== 'YANKED'
    expect(await tag({ version_range: '^1' })).toBe(isChosen ? '1.1.0' : '1.0.0')
    await expectOldEtagToBeRefused(from, before.etag)
  })

  test('the state of a revision is that of a new revision at first: ACTIVE, and not a word of it', async () => {
    await register('1.0.0')
    expect(await revision()).toEqual({ ...subject.service(), revision_tag: '1.0.0', is_default: true })
    expect(await revision({ view: 'FULL' })).toMatchObject({ state: 'ACTIVE' })
  })

  test.for([
    ['deprecate', { state: 'DEPRECATED', deprecation: {} }],
    ['yank', { state: 'YANKED', yank: {} }],
  ] as const)('the state of a revision needs no words: %s without any', async ([method, shown]) => {
    await register('1.0.0')
    await call(method, { revision_tag: '1.0.0' })
    expect(await revision({ revision_tag: '1.0.0' })).toMatchObject(shown)
  })

  test.for([
    ['deprecate', { message: 'first', replacement: '1.0.0' }, { message: 'second' }, 'deprecation'],
    ['yank', { reason: 'first' }, { reason: 'second' }, 'yank'],
  ] as const)(
    'the state of a revision takes the words of the last %s, and nothing of the one before',
    async ([method, first, second, key]) => {
      await register('1.0.0', '1.1.0')
      await call(method, { revision_tag: '1.1.0', ...first })
      await call(method, { revision_tag: '1.1.0', ...second })
      expect((await revision({ revision_tag: '1.1.0' }))[key]).toEqual(second)
    },
  )

  test('DEPRECATED is shown however the revision is found, and may still be chosen', async () => {
    await register('1.0.0', '1.1.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'production', revision_tag: '1.1.0' })
    await enter('DEPRECATED')
    for (const selector of [{}, { version_range: '^1' }, { alias: 'stable' }, { alias: 'production' }]) {
      expect(await revision(selector)).toMatchObject({ revision_tag: '1.1.0', ...states.DEPRECATED.shown })
    }
    await call('setDefault', { revision_tag: '1.0.0' })
    await call('setDefault', { revision_tag: '1.1.0' })
    expect(await tag()).toBe('1.1.0')
  })

  test('YANKED is found by its tag, and by an alias that is fixed to it, and by nothing else', async () => {
    await register('1.0.0', '1.1.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'production', revision_tag: '1.1.0' })
    await enter('YANKED')
    for (const selector of [{ revision_tag: '1.1.0' }, { alias: 'production' }]) {
      expect(await revision(selector)).toMatchObject({ revision_tag: '1.1.0', ...states.YANKED.shown })
    }
    for (const selector of [{}, { version_range: '*' }, { alias: 'stable' }]) {
      expect(await tag(selector)).toBe('1.0.0')
    }
    await expectRefusal(call('get', { version_range: '1.1.0' }), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
  })

  test('YANKED keeps it from what could make it be chosen, until it is restored', async () => {
    await register('1.0.0', '1.1.0')
    await enter('YANKED')
    const expected = { code: 'failed_precondition', reason: 'TARGET_YANKED' } as const
    const before = await everything()
    const toTarget = { revision_tag: '1.1.0' }
    await expectRefusal(call('setDefault', toTarget), { ...expected, field: 'revision_tag' })
    await expectRefusal(call('setAlias', { alias: 'beta', ...toTarget }), { ...expected, field: 'revision_tag' })
    const replacing = call('deprecate', { revision_tag: '1.0.0', replacement: '1.1.0' })
    await expectRefusal(replacing, { ...expected, field: 'replacement' })
    expect(await everything()).toEqual(before)
    await enter('ACTIVE')
    await call('setDefault', toTarget)
    await call('setAlias', { alias: 'beta', ...toTarget })
    await call('deprecate', { revision_tag: '1.0.0', replacement: '1.1.0' })
    expect(await alias('beta')).toMatchObject(toTarget)
  })

  test('YANKED is what a registration that is sent again finds, and leaves', async () => {
    await register('1.0.0')
    await call('register', { revision_tag: '1.1.0', is_default: true })
    await enter('YANKED')
    const answer = await call('register', { revision_tag: '1.1.0', is_default: true })
    expect(answer.revision).toMatchObject({ is_default: false, ...states.YANKED.shown })
    expect(await tag()).toBe('1.0.0')
  })

  test.for<[string, Fields, ExpectedError]>([
    ['was never registered', { replacement: '9.9.9' }, { code: 'failed_precondition', reason: 'TARGET_NOT_FOUND' }],
    ['is yanked', { replacement: '0.9.0' }, { code: 'failed_precondition', reason: 'TARGET_YANKED' }],
    ['is the revision itself', { replacement: '1.1.0' }, { code: 'invalid_argument', reason: 'INVALID_REVISION_TAG' }],
    ['is no tag', { replacement: '^1' }, { code: 'invalid_argument', reason: 'INVALID_REVISION_TAG' }],
  ])('the state of a revision is not DEPRECATED with a replacement that %s', async ([, request, expected]) => {
    await register('0.9.0', '1.1.0')
    await call('yank', { revision_tag: '0.9.0' })
    const before = await everything()
    const refused = call('deprecate', { revision_tag: '1.1.0', ...request })
    await expectRefusal(refused, { ...expected, field: 'replacement' })
    expect(await everything()).toEqual(before)
  })

  test.for([
    ['deprecate', 'message'],
    ['yank', 'reason'],
  ] as const)(
    'the state of a revision takes, by %s, a %s of 1024 characters, and not 1025',
    async ([method, field]) => {
      await register('1.0.0', '1.1.0')
      const request = { revision_tag: '1.0.0' }
      await call(method, { ...request, [field]: 'a'.repeat(1024) })
      const expected = { code: 'invalid_argument', reason: 'INVALID_REASON', field, message: /1025.*1024/ } as const
      await expectRefusal(call(method, { ...request, [field]: 'a'.repeat(1025) }), expected)
      await expectRefusal(call(method, { ...request, [field]: 'bell \u0007' }), { ...expected, message: /control/ })
    },
  )

  test.for(['deprecate', 'yank', 'unyank'] as const)(
    'the state of a revision is none of what is not there: %s',
    async (method) => {
      const expected = { code: 'not_found', reason: 'REVISION_NOT_FOUND' } as const
      await expectRefusal(call(method, { revision_tag: '1.0.0' }), expected)
      await register('1.0.0')
      await expectRefusal(call(method, { revision_tag: '1.1.0' }), expected)
    },
  )
})
