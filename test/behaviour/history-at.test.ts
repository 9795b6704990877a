import { expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { changesOf, laterTime } from './history.ts'
import { looking } from './looking.ts'
import { followPages, tagsOf, tokenOf } from './pages.ts'
import { remove } from './state.ts'

const missing = { code: 'not_found' } as const

describeBehaviour('a read at a generation or at a time', (subject) => {
  const { call, register } = subject
  const { tag, revision, aliases, everything } = looking(subject)

  /** Makes the seven changes that the tests ask about. */
  async function makeHistory(): Promise<void> {
    await register('1.0.0')
    await laterTime()
    const changes: readonly (readonly [Method, Fields])[] = [
      ['setAlias', { alias: 'stable', follows: '*' }],
      ['register', { revision_tag: '2.0.0', labels: { tier: 'web' } }],
      ['updateRevision', { revision_tag: '2.0.0', labels: { tier: 'api' } }],
      ['setDefault', { revision_tag: '1.0.0', reason: 'too early' }],
      ['yank', { revision_tag: '2.0.0', reason: 'it loses data' }],
      ['deleteAlias', { alias: 'stable' }],
    ]
    for (const [method, request] of changes) {
      await call(method, request)
      await laterTime()
    }
  }

  const found = [
    { request: {}, tags: ['1.0.0', '1.0.0', '2.0.0', '2.0.0', '1.0.0', '1.0.0', '1.0.0'] },
    { request: { alias: 'stable' }, tags: [undefined, '1.0.0', '2.0.0', '2.0.0', '2.0.0', '1.0.0', undefined] },
    { request: { version_range: '>1' }, tags: [undefined, undefined, '2.0.0', '2.0.0', '2.0.0', undefined, undefined] },
    {
      request: { version_range: '*', label_selector: 'tier=web' },
      tags: [undefined, undefined, '2.0.0', undefined, undefined, undefined, undefined],
    },
    { request: { version_range: '<1 || >5' }, tags: Array(7).fill(undefined) },
    { request: { revision_tag: '2.0.0' }, tags: [undefined, undefined, ...Array(5).fill('2.0.0')] },
  ]

  test('Get answers for each generation and each time as it was then, for every selector', async () => {
    await makeHistory()
    const times = (await changesOf(subject)).toReversed().map(({ time }) => time)
    for (const { request, tags } of found) {
      const at = (more: (at_generation: number) => Fields) =>
        Promise.all(tags.map((_, index) => tag({ ...request, ...more(index + 1) })))
      expect(await at((at_generation) => ({ at_generation })), JSON.stringify(request)).toEqual(tags)
      expect(await at((generation) => ({ at_time: times[generation - 1] })), JSON.stringify(request)).toEqual(tags)
    }
  })

  test('an answer about the past tells its generation, and has the revision as it was', async () => {
    await makeHistory()
    const at = (at_generation: number) => revision({ revision_tag: '2.0.0', at_generation })
    expect(await at(3)).toMatchObject({ generation: '3', labels: { tier: 'web' }, is_default: true })
    expect(await at(5)).toMatchObject({ generation: '5', labels: { tier: 'api' }, is_default: false })
    expect(await at(7)).toMatchObject({ generation: '7', state: 'YANKED', yank: { reason: 'it loses data' } })
    expect(await revision(), 'an answer about the present does not').not.toHaveProperty('generation')
    const [{ time }] = (await changesOf(subject, { revision_tag: '2.0.0', event: 'REVISION_UPDATED' })) as [Fields]
    expect(await revision({ at_time: time })).toMatchObject({ generation: '4', labels: { tier: 'api' } })
  })

  test('an explanation of the past tells who decided and in which words, although the default has moved since', async () => {
    await makeHistory()
    await call('setDefault', { revision_tag: '1.0.0', reason: 'something else' })
    const { explanation } = await revision({ explain: true, at_generation: 6 })
    expect(explanation).toMatchObject({ rule: 'DEFAULT_BY_HAND', generation: '6' })
    expect((explanation as Fields).description).toContain('was made the default by hand: too early')
    expect((await revision({ explain: true, at_generation: 4 })).explanation).toMatchObject({
      rule: 'DEFAULT_BY_POLICY',
    })
  })

  test('GetAlias, ListAliases and ListRevisions answer as it was', async () => {
    await makeHistory()
    const aliasesAt = async (at: Fields) => {
      const { aliases = [], generation } = await call('listAliases', at)
      return [generation, ...(aliases as Fields[]).map(({ alias, revision_tag }) => `${alias} ${revision_tag}`)]
    }
    expect(await aliasesAt({ at_generation: 1 })).toEqual(['1'])
    expect(await aliasesAt({ at_generation: 2 })).toEqual(['2', 'stable 1.0.0'])
    expect(await aliasesAt({ at_generation: 5 })).toEqual(['5', 'stable 2.0.0'])
    expect(await aliasesAt({})).toEqual(['7'])
    const { alias } = await call('getAlias', { alias: 'stable', at_generation: 4 })
    expect(alias).toMatchObject({ revision_tag: '2.0.0', follows: '*', generation: '4' })
    await expectRefusal(call('getAlias', { alias: 'stable', at_generation: 1 }), {
      ...{ ...missing, reason: 'ALIAS_NOT_FOUND' },
    })
    const list = (at_generation: number) => call('listRevisions', { at_generation })
    expect(tagsOf(await list(2))).toEqual(['1.0.0'])
    expect(tagsOf(await list(7))).toEqual(['2.0.0', '1.0.0'])
    expect(await list(5)).toMatchObject({ generation: '5' })
    expect(tagsOf(await call('listRevisions', { at_generation: 5, state: 'YANKED' }))).toEqual([])
    expect(tagsOf(await call('listRevisions', { at_generation: 7, state: 'YANKED' }))).toEqual(['2.0.0'])
  })

  test('a revision and a service that were deleted since are still in answers about the past', async () => {
    await register('1.0.0', '2.0.0')
    await remove(subject, '2.0.0')
    await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
    expect(await tag({ at_generation: 2 })).toBe('2.0.0')
    expect(tagsOf(await call('listRevisions', { at_generation: 3 }))).toEqual(['2.0.0', '1.0.0'])
    await call('deleteAlias', { alias: 'stable' })
    await remove(subject, '1.0.0')
    expect(await everything()).toBeNull()
    await expectRefusal(call('get'), { ...missing, reason: 'SERVICE_NOT_FOUND' })
    expect(await revision({ at_generation: 5 })).toMatchObject({ revision_tag: '1.0.0', generation: '5' })
    expect((await call('listAliases', { at_generation: 5 })).aliases).toMatchObject([{ alias: 'stable' }])
  })

  test.for(['NEWEST_FIRST', 'HIGHEST_VERSION_FIRST'])(
    'all pages of ListRevisions at a time are of the generation of the first one, in the order %s',
    async (order) => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0')
      await call('yank', { revision_tag: '1.0.0' })
      const [{ time }] = (await changesOf(subject)) as [Fields]
      const request = { order, at_time: time, page_size: 1, view: 'FULL' }
      const pages = await followPages(
        (page_token) => call('listRevisions', { ...request, page_token }),
        // The second change makes 1.2.0 another revision, and the third one ends that it is the default.
        async (count) => {
          await call('unyank', { revision_tag: '1.0.0' })
          await call('updateRevision', { revision_tag: '1.2.0', description: `after page ${count}` })
          await register(`2.0.${count}`)
        },
      )
      expect(tagsOf(...pages)).toEqual(['1.3.0', '1.2.0', '1.1.0', '1.0.0'])
      const revisions = pages.flatMap((page) => (page.revisions ?? []) as Fields[])
      expect(revisions.map(({ is_default }) => is_default)).toEqual([true, false, false, false])
      expect(revisions.map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'YANKED'])
      expect(revisions[1]).not.toHaveProperty('description')
      expect(new Set(pages.map(({ generation }) => generation))).toEqual(new Set(['5']))
    },
  )

  test('a page token of ListRevisions at a generation is refused at another one, and without one', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    const page_token = tokenOf(await call('listRevisions', { at_generation: 3, page_size: 1 }))
    const refused = { code: 'invalid_argument', reason: 'INVALID_PAGE_TOKEN', field: 'page_token' } as const
    for (const other of [{ at_generation: 2 }, { at_time: new Date().toISOString() }, {}]) {
      await expectRefusal(call('listRevisions', { ...other, page_token }), refused)
    }
    expect(tagsOf(await call('listRevisions', { at_generation: 3, page_token }))).toEqual(['1.1.0', '1.0.0'])
  })

  test('a time that no calendar has is refused with its field', async () => {
    await register('1.0.0')
    // Over gRPC, no client can send such a time.
    if (subject.api().protocol === 'gRPC') return
    for (const at_time of [
      '2026-13-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '0000-01-01T00:00:00Z',
      'yesterday',
    ]) {
      await expectRefusal(call('get', { at_time }), {
        ...{ code: 'invalid_argument', reason: 'INVALID_REQUEST', field: 'at_time' },
        message: /^at_time is ".*"; use a time, such as "2026-11-24T15:50:04Z"\.$/,
      })
    }
  })

  const reads: readonly (readonly [Method, Fields])[] = [
    ['get', {}],
    ['get', { version_range: '*' }],
    ['getAlias', { alias: 'stable' }],
    ['listAliases', {}],
    ['listRevisions', {}],
    ['getRollout', {}],
  ]

  test.for<readonly [Fields, string, string, RegExp]>([
    [{ at_generation: 3 }, 'STATE_NOT_FOUND', 'at_generation', /3 is beyond the newest generation of .*; use 1 to 2\./],
    [
      { at_time: '2001-02-03T04:05:06Z' },
      'STATE_NOT_FOUND',
      'at_time',
      /is before the first change of .*; use a later/,
    ],
    [{ at_time: '2999-01-01T00:00:00Z' }, 'INVALID_AT_TIME', 'at_time', /is in the future; use a time until 20/],
    [{ at_generation: -1 }, 'INVALID_AT_GENERATION', 'at_generation', /-1; use a generation of the service, 1 or more/],
    [
      { at_generation: 1, at_time: '2001-02-03T04:05:06Z' },
      'CONFLICTING_SELECTORS',
      'at_time',
      /at_time and at_generation; give at most one/,
    ],
  ])('a read with %j is refused', async ([at, reason, field, message]) => {
    await register('1.0.0')
    await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
    const code = reason === 'STATE_NOT_FOUND' ? 'not_found' : 'invalid_argument'
    for (const [method, request] of reads) {
      await expectRefusal(call(method, { ...request, ...at }), { code, reason, field, message })
    }
    expect(await aliases()).toEqual({ stable: '1.0.0' })
  })

  test('a read of a service that never existed is not found, whatever its generation or time', async () => {
    for (const at of [{ at_generation: 1 }, { at_time: '2001-02-03T04:05:06Z' }, { at_time: '2999-01-01T00:00:00Z' }]) {
      await expectRefusal(call('get', at), { ...missing, reason: 'SERVICE_NOT_FOUND' })
    }
  })
})
