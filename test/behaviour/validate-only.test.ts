import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

/** Changes with their effect if they are really made. */
const changes: readonly (readonly [Method, Fields, string])[] = [
  ['register', { revision_tag: '3.0.0', labels: { tier: 'web' } }, 'would become the default'],
  ['register', { revision_tag: '3.0.0', is_default: false }, 'would not become the default'],
  ['register', { revision_tag: '1.2.0' }, 'would move an alias'],
  ['updateRevision', { revision_tag: '1.0.0', description: 'the first' }, 'would describe a revision'],
  ['setDefault', { revision_tag: '1.0.0', reason: 'the others answer too late' }, 'would move the default'],
  ['clearDefault', {}, 'would clear the default'],
  ['setAlias', { alias: 'beta', revision_tag: '1.1.0' }, 'would make an alias'],
  ['setAlias', { alias: 'beta', follows: '>=2.0.0-0' }, 'would make an alias that follows'],
  ['setAlias', { alias: 'beta', follows: '^9' }, 'would make an alias that points to nothing'],
  ['setAlias', { alias: 'production', follows: '^2' }, 'would make a fixed alias follow a range'],
  ['setAlias', { alias: 'stable', revision_tag: '1.0.0' }, 'would fix a range alias'],
  ['deleteAlias', { alias: 'stable' }, 'would delete an alias'],
  ['deprecate', { revision_tag: '1.0.0', message: 'too old', replacement: '2.0.0' }, 'would deprecate a revision'],
  ['deprecate', { revision_tag: '0.9.0' }, 'would deprecate a yanked revision'],
  ['undeprecate', { revision_tag: '1.1.0' }, 'would undeprecate a revision'],
  ['yank', { revision_tag: '2.0.0', reason: 'it loses data' }, 'would move the default'],
  ['yank', { revision_tag: '2.0.0', if_default: 'CLEAR' }, 'would clear the default'],
  ['yank', { revision_tag: '1.1.0' }, 'would move an alias'],
  ['unyank', { revision_tag: '1.9.0' }, 'would move an alias'],
  ['deleteRevision', { revision_tag: '0.9.0' }, 'would delete a yanked revision'],
]

describeBehaviour('validate_only', (subject) => {
  const { call, register } = subject
  const { etag, everything } = looking(subject)

  const prepare = async () => {
    await register('0.9.0', '1.0.0', '1.1.0', '1.9.0', '2.0.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'production', revision_tag: '1.0.0' })
    for (const yanked of ['0.9.0', '1.9.0']) await call('yank', { revision_tag: yanked })
    await call('deprecate', { revision_tag: '1.1.0', message: 'too slow' })
  }
  const complete = async (method: Method, request: Fields): Promise<Fields> => {
    if (method !== 'deleteRevision') return request
    return { ...request, etag: await etag(String(request.revision_tag)) }
  }

  describe.for(changes)('of %s with %o, which %s', ([method, given]) => {
    test('a change with validate_only changes nothing and answers what the change then does', async () => {
      await prepare()
      const request = await complete(method, given)
      const before = await everything()
      const answer = await call(method, { ...request, validate_only: true })
      expect(await everything()).toEqual(before)
      const made = await call(method, request)
      // Over REST the status 200 shows that nothing was created.
      const status = method === 'register' && subject.api().protocol === 'REST' ? { replayed: true } : {}
      expect(withoutMarks(answer)).toEqual(withoutMarks({ ...made, ...status }))
      expect(await everything()).not.toEqual(before)
    })
  })

  test.for<[Method, Fields]>([
    ['register', { revision_tag: '3.0.0' }],
    ['setDefault', { revision_tag: '1.0.0' }],
    ['deleteAlias', { alias: 'stable' }],
    ['yank', { revision_tag: '2.0.0' }],
  ])('%s with validate_only does not use up the request_id', async ([method, given]) => {
    await prepare()
    const request = { ...given, request_id: 'a-request' }
    const before = await everything()
    await call(method, { ...request, validate_only: true })
    await call(method, request)
    expect(await everything()).not.toEqual(before)
  })

  test('a registration with validate_only answers the revision and does not report a replay', async () => {
    const answer = await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(answer.revision).toEqual({
      ...{ ...subject.service(), revision_tag: '1.0.0', is_default: true },
      effect: { default_revision: { after: '1.0.0' }, moved: 100_000 },
    })
    // Over REST the status 200 shows that nothing was created.
    expect(answer.replayed ?? false).toBe(subject.api().protocol === 'REST')
  })

  test('a first registration with validate_only makes no service', async () => {
    await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(await everything()).toBeNull()
  })

  test('a replay with validate_only answers the stored revision', async () => {
    await register('1.0.0', '2.0.0')
    await call('deprecate', { revision_tag: '1.0.0', message: 'too old' })
    const answer = await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(answer.revision).toMatchObject({ is_default: false, state: 'DEPRECATED' })
    if (subject.api().protocol !== 'REST') expect(answer).toMatchObject({ replayed: true })
  })

  test('a change with validate_only set to false is made', async () => {
    await call('register', { revision_tag: '1.0.0', validate_only: false })
    expect((await everything())?.revisions).toHaveLength(1)
  })
})

// The etags are left out, because each change makes new ones. `effects.test.ts` tests the effects.
function withoutMarks(answer: Fields): unknown {
  const names = ['etag', 'service_etag', 'effect']
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (names.includes(key) ? undefined : value)))
}
