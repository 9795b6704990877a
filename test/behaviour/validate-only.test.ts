import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

/** Changes that are made, with what they are about. */
const changes: readonly (readonly [Method, Fields, string])[] = [
  ['register', { revision_tag: '3.0.0', labels: { tier: 'web' } }, 'would become the default'],
  ['register', { revision_tag: '3.0.0', is_default: false }, 'would be held back'],
  ['register', { revision_tag: '1.2.0' }, 'would move an alias'],
  ['updateRevision', { revision_tag: '1.0.0', description: 'the first' }, 'would describe a revision'],
  ['setDefault', { revision_tag: '1.0.0', reason: 'the others answer too late' }, 'would move the default'],
  ['clearDefault', {}, 'would clear the default'],
  ['setAlias', { alias: 'beta', revision_tag: '1.1.0' }, 'would make an alias'],
  ['setAlias', { alias: 'beta', follows: '>=2.0.0-0' }, 'would make an alias that follows'],
  ['setAlias', { alias: 'beta', follows: '^9' }, 'would make an alias of nothing'],
  ['setAlias', { alias: 'production', follows: '^2' }, 'would have an alias follow'],
  ['setAlias', { alias: 'stable', revision_tag: '1.0.0' }, 'would have an alias stay'],
  ['deleteAlias', { alias: 'stable' }, 'would delete an alias'],
  ['deprecate', { revision_tag: '1.0.0', message: 'too old', replacement: '2.0.0' }, 'would deprecate a revision'],
  ['deprecate', { revision_tag: '0.9.0' }, 'would deprecate a yanked revision'],
  ['undeprecate', { revision_tag: '1.1.0' }, 'would undeprecate a revision'],
  ['yank', { revision_tag: '2.0.0', reason: 'it loses data' }, 'would move the default'],
  ['yank', { revision_tag: '2.0.0', if_default: 'CLEAR' }, 'would clear the default'],
  ['yank', { revision_tag: '1.1.0' }, 'would move an alias'],
  ['unyank', { revision_tag: '1.9.0' }, 'would move an alias'],
  ['deleteRevision', { revision_tag: '0.9.0' }, 'would delete what is yanked'],
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
    test('changes nothing, and answers what the change then does', async () => {
      await prepare()
      const request = await complete(method, given)
      const before = await everything()
      const answer = await call(method, { ...request, validate_only: true })
      expect(await everything()).toEqual(before)
      const made = await call(method, request)
      // Over REST, the status 200 says that nothing was created.
      const status = method === 'register' && subject.api().protocol === 'REST' ? { replayed: true } : {}
      expect(withoutEtags(answer)).toEqual(withoutEtags({ ...made, ...status }))
      expect(await everything()).not.toEqual(before)
    })
  })

  test.for<[Method, Fields]>([
    ['register', { revision_tag: '3.0.0' }],
    ['setDefault', { revision_tag: '1.0.0' }],
    ['deleteAlias', { alias: 'stable' }],
    ['yank', { revision_tag: '2.0.0' }],
  ])('of %s leaves the id of the request to the change', async ([method, given]) => {
    await prepare()
    const request = { ...given, request_id: 'a-request' }
    const before = await everything()
    await call(method, { ...request, validate_only: true })
    await call(method, request)
    expect(await everything()).not.toEqual(before)
  })

  test('of a registration answers the revision, and does not say over the RPC protocols that it is a replay', async () => {
    const answer = await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(answer.revision).toEqual({ ...subject.service(), revision_tag: '1.0.0', is_default: true })
    // Over REST, the status 200 says that nothing was created.
    expect(answer.replayed ?? false).toBe(subject.api().protocol === 'REST')
  })

  test('of the first registration of a service makes no service', async () => {
    await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(await everything()).toBeNull()
  })

  test('of a replay answers the stored revision', async () => {
    await register('1.0.0', '2.0.0')
    await call('deprecate', { revision_tag: '1.0.0', message: 'too old' })
    const answer = await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(answer.revision).toMatchObject({ is_default: false, state: 'DEPRECATED' })
    if (subject.api().protocol !== 'REST') expect(answer).toMatchObject({ replayed: true })
  })

  test('validate_only may be false, and then the change is made', async () => {
    await call('register', { revision_tag: '1.0.0', validate_only: false })
    expect((await everything())?.revisions).toHaveLength(1)
  })
})

// Each change makes new etags.
function withoutEtags(answer: Fields): unknown {
  const names = ['etag', 'service_etag']
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (names.includes(key) ? undefined : value)))
}
