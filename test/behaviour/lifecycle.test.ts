import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

const requests = {
  deprecate: { message: 'gets no fixes', replacement: '1.0.0' },
  undeprecate: {},
  yank: { reason: 'loses data' },
  unyank: {},
} as const

type Change = keyof typeof requests

const deprecation = requests.deprecate
const yank = requests.yank

/** The calls that lead to each state and the answer of Get in it. A revision may be yanked and deprecated at once. */
const situations = {
  active: { changes: [], shown: {}, state: 'ACTIVE' },
  deprecated: { changes: ['deprecate'], shown: { state: 'DEPRECATED', deprecation }, state: 'DEPRECATED' },
  yanked: { changes: ['yank'], shown: { state: 'YANKED', yank }, state: 'YANKED' },
  'yanked and deprecated': {
    changes: ['yank', 'deprecate'],
    shown: { state: 'YANKED', yank, deprecation },
    state: 'YANKED',
  },
} as const satisfies Record<string, { changes: readonly Change[]; shown: Fields; state: string }>

type Situation = keyof typeof situations

const moves: readonly (readonly [from: Situation, change: Change, to: Situation])[] = [
  ['active', 'deprecate', 'deprecated'],
  ['active', 'undeprecate', 'active'],
  ['active', 'yank', 'yanked'],
  ['active', 'unyank', 'active'],
  ['deprecated', 'deprecate', 'deprecated'],
  ['deprecated', 'undeprecate', 'active'],
  ['deprecated', 'yank', 'yanked and deprecated'],
  ['deprecated', 'unyank', 'deprecated'],
  ['yanked', 'deprecate', 'yanked and deprecated'],
  ['yanked', 'undeprecate', 'yanked'],
  ['yanked', 'yank', 'yanked'],
  ['yanked', 'unyank', 'active'],
  ['yanked and deprecated', 'deprecate', 'yanked and deprecated'],
  ['yanked and deprecated', 'undeprecate', 'yanked'],
  ['yanked and deprecated', 'yank', 'yanked and deprecated'],
  ['yanked and deprecated', 'unyank', 'deprecated'],
]

describeBehaviour('the lifecycle of a revision', (subject) => {
  const { call, register } = subject
  const { tag, etag, revision, alias, everything } = looking(subject)
  const make = (change: Change, more: Fields = {}) =>
    call(change, { revision_tag: '1.1.0', ...requests[change], ...more })
  const enter = async (situation: Situation) => {
    for (const change of situations[situation].changes) await make(change)
  }

  const expectOldEtagToBeRefused = async (change: Change, old: unknown) => {
    const before = await everything()
    await expectRefusal(make(change, { etag: old }), { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' })
    expect(await everything()).toEqual(before)
    await make(change, { etag: await etag('1.1.0') })
  }

  test.for(moves)('a revision that is $0 becomes $2 by $1', async ([from, change, to]) => {
    await register('1.0.0')
    const content = { labels: { tier: 'web' }, description: 'the second' }
    await call('register', { revision_tag: '1.1.0', is_default: false, ...content })
    await enter(from)
    const before = await revision({ revision_tag: '1.1.0', view: 'FULL' })
    const answer = await make(change)
    const { shown, state } = situations[to]
    const expected = { ...subject.service(), revision_tag: '1.1.0', is_default: false, ...content, ...shown }
    expect(answer.revision).toEqual(expected)
    expect(await revision({ revision_tag: '1.1.0' })).toEqual(expected)
    const {
      etag: newEtag,
      service_etag,
      generation,
      service_hash,
      ...rest
    } = await revision({ revision_tag: '1.1.0', view: 'FULL' })
    const { register_time, registered_by, pub_sub_topic } = before
    expect(rest).toEqual({ ...expected, state, register_time, registered_by, pub_sub_topic })
    expect(newEtag === before.etag, 'only a change gives a new etag').toBe(from === to)
    expect(await tag({ version_range: '^1' })).toBe(state === 'YANKED' ? '1.0.0' : '1.1.0')
    if (from !== to) await expectOldEtagToBeRefused(change, before.etag)
  })

  test('a new revision is ACTIVE, which only the view FULL shows', async () => {
    await register('1.0.0')
    expect(await revision()).toEqual({ ...subject.service(), revision_tag: '1.0.0', is_default: true })
    expect(await revision({ view: 'FULL' })).toMatchObject({ state: 'ACTIVE' })
  })

  test.for([
    ['deprecate', { state: 'DEPRECATED', deprecation: {} }],
    ['yank', { state: 'YANKED', yank: {} }],
  ] as const)('%s needs no text', async ([method, shown]) => {
    await register('1.0.0')
    await call(method, { revision_tag: '1.0.0' })
    expect(await revision({ revision_tag: '1.0.0' })).toMatchObject(shown)
  })

  test.for([
    ['deprecate', { message: 'first', replacement: '1.0.0' }, { message: 'second' }, 'deprecation'],
    ['yank', { reason: 'first' }, { reason: 'second' }, 'yank'],
  ] as const)('a second %s replaces the whole text of the first', async ([method, first, second, key]) => {
    await register('1.0.0', '1.1.0')
    await call(method, { revision_tag: '1.1.0', ...first })
    await call(method, { revision_tag: '1.1.0', ...second })
    expect((await revision({ revision_tag: '1.1.0' }))[key]).toEqual(second)
  })

  test('a deprecated revision is shown as deprecated by every selector, and may still be chosen', async () => {
    await register('1.0.0', '1.1.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'production', revision_tag: '1.1.0' })
    await enter('deprecated')
    for (const selector of [{}, { version_range: '^1' }, { alias: 'stable' }, { alias: 'production' }]) {
      expect(await revision(selector)).toMatchObject({ revision_tag: '1.1.0', ...situations.deprecated.shown })
    }
    await call('setDefault', { revision_tag: '1.0.0' })
    await call('setDefault', { revision_tag: '1.1.0' })
    expect(await tag()).toBe('1.1.0')
  })

  test('a yanked revision is found only by its tag and by an alias that is fixed to it', async () => {
    await register('1.0.0', '1.1.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'production', revision_tag: '1.1.0' })
    await enter('yanked')
    for (const selector of [{ revision_tag: '1.1.0' }, { alias: 'production' }]) {
      expect(await revision(selector)).toMatchObject({ revision_tag: '1.1.0', ...situations.yanked.shown })
    }
    for (const selector of [{}, { version_range: '*' }, { alias: 'stable' }]) {
      expect(await tag(selector)).toBe('1.0.0')
    }
    await expectRefusal(call('get', { version_range: '1.1.0' }), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
  })

  test('a yanked revision cannot be a default, an alias target or a replacement until it is unyanked', async () => {
    await register('1.0.0', '1.1.0')
    await enter('yanked')
    const expected = { code: 'failed_precondition', reason: 'TARGET_YANKED' } as const
    const before = await everything()
    const toTarget = { revision_tag: '1.1.0' }
    await expectRefusal(call('setDefault', toTarget), { ...expected, field: 'revision_tag' })
    await expectRefusal(call('setAlias', { alias: 'beta', ...toTarget }), { ...expected, field: 'revision_tag' })
    const replacing = call('deprecate', { revision_tag: '1.0.0', replacement: '1.1.0' })
    await expectRefusal(replacing, { ...expected, field: 'replacement' })
    expect(await everything()).toEqual(before)
    await make('unyank')
    await call('setDefault', toTarget)
    await call('setAlias', { alias: 'beta', ...toTarget })
    await call('deprecate', { revision_tag: '1.0.0', replacement: '1.1.0' })
    expect(await alias('beta')).toMatchObject(toTarget)
  })

  test('a yanked revision stays yanked if its registration is sent again', async () => {
    await register('1.0.0')
    await call('register', { revision_tag: '1.1.0', is_default: true })
    await enter('yanked')
    const answer = await call('register', { revision_tag: '1.1.0', is_default: true })
    expect(answer.revision).toMatchObject({ is_default: false, ...situations.yanked.shown })
    expect(await tag()).toBe('1.0.0')
  })

  test.for<[string, Fields, ExpectedError]>([
    ['was never registered', { replacement: '9.9.9' }, { code: 'failed_precondition', reason: 'TARGET_NOT_FOUND' }],
    ['is yanked', { replacement: '0.9.0' }, { code: 'failed_precondition', reason: 'TARGET_YANKED' }],
    ['is the revision itself', { replacement: '1.1.0' }, { code: 'invalid_argument', reason: 'INVALID_REVISION_TAG' }],
    ['is not a tag', { replacement: '^1' }, { code: 'invalid_argument', reason: 'INVALID_REVISION_TAG' }],
  ])('a revision cannot be deprecated with a replacement that %s', async ([, request, expected]) => {
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
  ] as const)('%s accepts a %s of 1024 characters but not of 1025', async ([method, field]) => {
    await register('1.0.0', '1.1.0')
    const request = { revision_tag: '1.0.0' }
    await call(method, { ...request, [field]: 'a'.repeat(1024) })
    const expected = { code: 'invalid_argument', reason: 'INVALID_REASON', field, message: /1025.*1024/ } as const
    await expectRefusal(call(method, { ...request, [field]: 'a'.repeat(1025) }), expected)
    await expectRefusal(call(method, { ...request, [field]: 'bell \u0007' }), { ...expected, message: /control/ })
  })

  test.for(['deprecate', 'undeprecate', 'yank', 'unyank'] as const)(
    '%s distinguishes a missing service from a missing revision',
    async (method) => {
      const request = { revision_tag: '1.1.0' }
      await expectRefusal(call(method, request), { code: 'not_found', reason: 'SERVICE_NOT_FOUND' })
      await register('1.0.0')
      await expectRefusal(call(method, request), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    },
  )
})
