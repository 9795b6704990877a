import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeBehaviour, describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

/** A change of the service that `prepare` makes, and its effect. */
type Row = readonly [method: Method, request: Fields, effect: Fields, why: string]

const moved = (before: string | undefined, after: string | undefined): Fields => ({
  default_revision: { ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
  moved: 100_000,
})
const aliases = (...moves: readonly Fields[]): Fields => ({ aliases: moves, moved: 0 })
const nothing: Fields = { moved: 0 }

const rows: readonly Row[] = [
  ['register', { revision_tag: '3.0.0' }, moved('2.0.0', '3.0.0'), 'moves the default'],
  ['register', { revision_tag: '3.0.0', is_default: false }, nothing, 'leaves the default'],
  [
    ...(['register', { revision_tag: '1.2.0' }] as const),
    ...([aliases({ alias: 'stable', before: '1.1.0', after: '1.2.0' }), 'moves an alias'] as const),
  ],
  ['updateRevision', { revision_tag: '1.0.0', description: 'the first' }, nothing, 'moves nothing'],
  ['setDefault', { revision_tag: '1.0.0' }, moved('2.0.0', '1.0.0'), 'moves the default'],
  ['setDefault', { revision_tag: '2.0.0' }, nothing, 'sets the default that it was'],
  ['clearDefault', {}, moved('2.0.0', undefined), 'clears the default'],
  ['setAlias', { alias: 'beta', revision_tag: '1.1.0' }, aliases({ alias: 'beta', after: '1.1.0' }), 'makes an alias'],
  ['setAlias', { alias: 'beta', follows: '^9' }, nothing, 'makes an alias that points to nothing'],
  [
    ...(['setAlias', { alias: 'production', follows: '^2' }] as const),
    ...([aliases({ alias: 'production', before: '1.0.0', after: '2.0.0' }), 'moves an alias'] as const),
  ],
  ['setAlias', { alias: 'stable', revision_tag: '1.1.0' }, nothing, 'fixes an alias to its target'],
  ['deleteAlias', { alias: 'stable' }, aliases({ alias: 'stable', before: '1.1.0' }), 'deletes an alias'],
  ['deprecate', { revision_tag: '1.0.0', message: 'too old' }, nothing, 'moves nothing'],
  ['undeprecate', { revision_tag: '1.1.0' }, nothing, 'moves nothing'],
  ['yank', { revision_tag: '2.0.0' }, moved('2.0.0', '1.1.0'), 'moves the default'],
  ['yank', { revision_tag: '2.0.0', if_default: 'CLEAR' }, moved('2.0.0', undefined), 'clears the default'],
  [
    ...(['yank', { revision_tag: '1.1.0' }] as const),
    ...([aliases({ alias: 'stable', before: '1.1.0', after: '1.0.0' }), 'moves an alias'] as const),
  ],
  [
    ...(['unyank', { revision_tag: '1.9.0' }] as const),
    ...([aliases({ alias: 'stable', before: '1.1.0', after: '1.9.0' }), 'moves an alias'] as const),
  ],
  ['deleteRevision', { revision_tag: '0.9.0' }, nothing, 'moves nothing'],
]

/** The effect in an answer, which is a field of the resource, or of the answer if it has none. */
function effectIn(answer: Fields): unknown {
  const { effect, revision, service, alias } = answer as Readonly<Record<string, Fields | undefined>>
  return effect ?? (revision ?? service ?? alias)?.effect
}

const isNothing = (effect: Fields) => effect === nothing

describeBehaviour('the effect of a change', (subject) => {
  const { call, register } = subject
  const { etag } = looking(subject)

  const prepare = async () => {
    await register('0.9.0', '1.0.0', '1.1.0', '1.9.0', '2.0.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setAlias', { alias: 'production', revision_tag: '1.0.0' })
    for (const revision_tag of ['0.9.0', '1.9.0']) await call('yank', { revision_tag })
    await call('deprecate', { revision_tag: '1.1.0', message: 'too slow' })
  }
  const complete = async (method: Method, request: Fields): Promise<Fields> => {
    if (method !== 'deleteRevision') return request
    return { ...request, etag: await etag(String(request.revision_tag)) }
  }

  test('a registration that is sent again with validate_only tells that it moves nothing', async () => {
    await prepare()
    const answer = await call('register', { revision_tag: '1.0.0', validate_only: true })
    expect(answer).toMatchObject({ replayed: true })
    expect(effectIn(answer)).toEqual(nothing)
    expect(effectIn(await call('register', { revision_tag: '1.0.0' }))).toBeUndefined()
  })

  describe.for(rows)('of %s with %o', ([method, given, effect]) => {
    test('an answer has the effect if the change moves something, and always with validate_only', async () => {
      await prepare()
      const request = { ...(await complete(method, given)), request_id: 'once' }
      const tried = await call(method, { ...request, request_id: '', validate_only: true })
      expect(effectIn(tried)).toEqual(effect)
      const made = await call(method, request)
      expect(effectIn(made)).toEqual(method === 'register' || isNothing(effect) ? undefined : effect)
      await call('register', { revision_tag: '9.0.0', is_default: true })
      const repeated = await call(method, request)
      expect(effectIn(repeated), 'when it is repeated').toEqual(effectIn(made))
      expect(effectIn(await call(method, { ...request, validate_only: true }))).toEqual(effect)
    })
  })
})

describeRule('the effect of a change during a rollout of 20 %', (subject) => {
  const { call, register } = subject

  test.for<readonly [Method, Fields, Fields]>([
    ['register', { revision_tag: '4.0.0' }, nothing],
    ['register', { revision_tag: '4.0.0', is_default: true }, { ...moved('1.0.0', '4.0.0'), moved: 80_000 }],
    ['setDefault', { revision_tag: '3.0.0' }, { ...moved('1.0.0', '3.0.0'), moved: 80_000 }],
    ['setDefault', { revision_tag: '2.0.0' }, { ...moved('1.0.0', '2.0.0'), moved: 80_000 }],
    ['clearDefault', {}, { ...moved('1.0.0', undefined), moved: 80_000 }],
    ['yank', { revision_tag: '1.0.0' }, { ...moved('1.0.0', '3.0.0'), moved: 80_000 }],
    ['yank', { revision_tag: '2.0.0' }, { moved: 20_000 }],
    ['yank', { revision_tag: '3.0.0' }, nothing],
    ['setRollout', { candidates: [{ revision_tag: '2.0.0', weight: 50_000 }] }, { moved: 30_000 }],
    ['setRollout', { candidates: [{ revision_tag: '3.0.0', weight: 20_000 }] }, { moved: 20_000 }],
    ['setRollout', { candidates: [{ revision_tag: '2.0.0', weight: 20_000 }], salt: 's2' }, { moved: 32_000 }],
    ['endRollout', {}, { moved: 20_000 }],
    ['endRollout', { promote: '2.0.0' }, { ...moved('1.0.0', '2.0.0'), moved: 80_000 }],
  ])('%s with %o moves the callers of the default, and those of the candidate, as it says', async (row) => {
    const [method, request, effect] = row
    await register('1.0.0')
    for (const revision_tag of ['2.0.0', '3.0.0']) await call('register', { revision_tag, is_default: false })
    await call('setRollout', { candidates: [{ revision_tag: '2.0.0', weight: 20_000 }], salt: 's1' })
    expect(effectIn(await call(method, { ...request, validate_only: true }))).toEqual(effect)
  })
})
