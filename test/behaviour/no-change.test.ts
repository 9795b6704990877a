import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeOverEachProtocol, type Subject } from '../support/behaviour.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { wholeState, withoutEffect } from './state.ts'

interface Row {
  readonly method: Method
  readonly request: Fields
  /** Fields that make it a request that changes something after the first one. */
  readonly others: readonly Fields[]
}

// These requests come after the changes of `prepare`, and each of them changes something.
const rows: readonly Row[] = [
  {
    method: 'deprecate',
    request: { revision_tag: '1.0.0', message: 'words', replacement: '1.1.0' },
    others: [{ message: 'other words' }, { message: '' }, { replacement: '2.0.0' }, { replacement: '' }],
  },
  {
    method: 'deprecate',
    request: { revision_tag: '1.0.0' },
    others: [{ message: 'words' }, { revision_tag: '1.1.0' }],
  },
  { method: 'undeprecate', request: { revision_tag: '0.2.0' }, others: [{ revision_tag: '0.3.0' }] },
  {
    method: 'yank',
    request: { revision_tag: '1.0.0', reason: 'words' },
    others: [{ reason: 'other words' }, { reason: '' }, { revision_tag: '1.1.0' }],
  },
  { method: 'yank', request: { revision_tag: '2.0.0' }, others: [{ reason: 'words' }] },
  { method: 'unyank', request: { revision_tag: '0.4.0' }, others: [{ revision_tag: '0.5.0' }] },
  {
    method: 'updateRevision',
    request: { revision_tag: '1.0.0', labels: { region: 'eu', tier: 'web' }, description: 'words' },
    others: [{ description: 'other words' }, { labels: { tier: 'web' } }, { update_mask: '*', description: '' }],
  },
  {
    method: 'updateRevision',
    request: { revision_tag: '1.0.0', set_labels: { tier: 'web' }, remove_labels: ['region'] },
    others: [{ set_labels: { tier: 'api' } }, { remove_labels: [], set_labels: { region: 'eu' } }],
  },
  {
    method: 'setDefault',
    request: { revision_tag: '1.0.0', reason: 'words' },
    others: [{ reason: 'other words' }, { reason: '' }, { revision_tag: '1.1.0' }],
  },
  { method: 'clearDefault', request: { reason: 'words' }, others: [{ reason: 'other words' }, { reason: '' }] },
  {
    method: 'setAlias',
    request: { alias: 'pinned', revision_tag: '1.1.0' },
    others: [{ revision_tag: '1.0.0' }, { revision_tag: '', follows: '1.1.0' }, { alias: 'beta' }],
  },
  {
    method: 'setAlias',
    request: { alias: 'pinned', follows: '^1' },
    others: [{ follows: '1' }, { include_prerelease: true }, { follows: '', revision_tag: '1.1.0' }],
  },
]

/** Ways to see whether a change of the service of a test is stored. */
function watching(subject: Subject) {
  const { call, storedLog } = subject
  const everything = async () => ({ log: await storedLog(), state: await wholeState(subject) })
  return {
    /** Makes a change that must leave everything that is stored, and everything that the API shows, as it is. */
    expectNoEntry: async (method: Method, request: Fields) => {
      const before = await everything()
      const answer = await call(method, request)
      expect(await everything()).toEqual(before)
      return answer
    },
    /** Makes a change that must be stored. */
    expectOneEntry: async (method: Method, request: Fields) => {
      const { length } = await storedLog()
      const answer = await call(method, request)
      expect(await storedLog()).toHaveLength(length + 1)
      return answer
    },
  }
}

/** The resource of an answer, with an effect. */
function effectIn(answer: Fields, effect: Fields): Fields {
  const resources = Object.entries(answer).filter(([key]) => ['revision', 'service', 'alias'].includes(key))
  return Object.fromEntries(resources.map(([key, resource]) => [key, { ...(resource as Fields), effect }]))
}

describeRule('a change that changes nothing', (subject) => {
  const { call, register, storedLog } = subject
  const { expectNoEntry, expectOneEntry } = watching(subject)
  const { etag, serviceEtag, alias, tag } = looking(subject)

  const prepare = async () => {
    await register('0.2.0', '0.3.0', '0.4.0', '0.5.0', '1.0.0', '1.1.0', '2.0.0')
    for (const revision_tag of ['0.2.0', '0.3.0']) await call('deprecate', { revision_tag })
    for (const revision_tag of ['0.4.0', '0.5.0']) await call('yank', { revision_tag })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
  }

  /** The etag that a change of this method checks. */
  const etagFor = async (method: Method, { revision_tag }: Fields) => {
    if (method === 'setAlias') return (await alias('pinned'))?.etag
    const isDefault = method === 'setDefault' || method === 'clearDefault'
    return isDefault ? serviceEtag() : etag(String(revision_tag))
  }

  describe.for(rows)('with $method of $request', ({ method, request }) => {
    test('a second identical change stores nothing, keeps all etags, and is answered like the first', async () => {
      await prepare()
      const first = withoutEffect(await expectOneEntry(method, request))
      expect(await expectNoEntry(method, request), 'nothing moves').toEqual(first)
      const tried = await expectNoEntry(method, { ...request, validate_only: true })
      expect(withoutEffect(tried)).toEqual(first)
      expect(tried, 'nothing would move').toEqual({ ...first, ...effectIn(first, { moved: 0 }) })
    })

    test('a second identical change passes with the current etag, and is refused with another', async () => {
      await prepare()
      await call(method, request)
      await expectNoEntry(method, { ...request, etag: await etagFor(method, request) })
      const refused = call(method, { ...request, etag: 'an-old-etag' })
      await expectRefusal(refused, { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' })
    })
  })

  test.for(rows.flatMap(({ method, request, others }) => others.map((other) => ({ method, request, other }))))(
    'after $method of $request, the same change with $other is stored',
    async ({ method, request, other }) => {
      await prepare()
      await call(method, request)
      await expectOneEntry(method, { ...request, ...other })
    },
  )

  test.for<[Method, Fields, why: string]>([
    ['undeprecate', { revision_tag: '1.1.0' }, 'is not deprecated'],
    ['unyank', { revision_tag: '1.1.0' }, 'is not yanked'],
    ['updateRevision', { revision_tag: '1.1.0' }, 'gets no information'],
    ['updateRevision', { revision_tag: '1.1.0', description: 'the second' }, 'has the description already'],
    ['updateRevision', { revision_tag: '1.1.0', labels: { b: '2', a: '1' } }, 'has the labels already'],
    ['updateRevision', { revision_tag: '1.1.0', set_labels: { a: '1' } }, 'has the label already'],
    ['updateRevision', { revision_tag: '1.1.0', remove_labels: ['c'] }, 'does not have the label'],
    ['updateRevision', { revision_tag: '1.1.0', update_mask: 'endpoints' }, 'has no endpoints'],
  ])('%s of %j stores nothing, because the revision %s', async ([method, request]) => {
    await call('register', { revision_tag: '1.1.0', labels: { a: '1', b: '2' }, description: 'the second' })
    await expectNoEntry(method, request)
  })

  test('SetDefault of the default that the policy chose is stored, because a person now decided it', async () => {
    await register('1.0.0')
    await expectOneEntry('setDefault', { revision_tag: '1.0.0' })
    await expectNoEntry('setDefault', { revision_tag: '1.0.0' })
  })

  test('SetDefault of the default that a registration set is stored, because a person now decided it', async () => {
    await call('register', { revision_tag: '1.0.0', is_default: true })
    await expectOneEntry('setDefault', { revision_tag: '1.0.0' })
  })

  test('ClearDefault of a service that never had a default is stored, because a person now decided it', async () => {
    await call('register', { revision_tag: '1.0.0', is_default: false })
    await expectOneEntry('clearDefault', {})
    await expectNoEntry('clearDefault', {})
  })

  test('ClearDefault after a yank that cleared the default is stored, because a person now decided it', async () => {
    await register('1.0.0')
    await call('yank', { revision_tag: '1.0.0', if_default: 'CLEAR' })
    await expectOneEntry('clearDefault', {})
  })

  test('SetAlias of a range stores nothing if only its target has moved since', async () => {
    await register('1.0.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await register('1.1.0')
    const answer = await expectNoEntry('setAlias', { alias: 'stable', follows: '^1' })
    expect(answer.alias).toMatchObject({ revision_tag: '1.1.0' })
  })

  test('SetAlias of a range without a revision stores nothing the second time', async () => {
    await register('1.0.0')
    await expectOneEntry('setAlias', { alias: 'next', follows: '^2' })
    await expectNoEntry('setAlias', { alias: 'next', follows: '^2' })
  })

  test('SetAlias of the tag that it has is refused if the revision is yanked since', async () => {
    await register('1.0.0')
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    await call('yank', { revision_tag: '1.0.0' })
    const refused = call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
    const expected = { code: 'failed_precondition', reason: 'TARGET_YANKED', field: 'revision_tag' } as const
    await expectRefusal(refused, expected)
  })

  test('a second identical Deprecate succeeds although the replacement is yanked since', async () => {
    await register('1.0.0', '1.1.0')
    const request = { revision_tag: '1.0.0', replacement: '1.1.0' }
    await call('deprecate', request)
    await call('yank', { revision_tag: '1.1.0' })
    await expectNoEntry('deprecate', request)
    const expected = { code: 'failed_precondition', reason: 'TARGET_YANKED', field: 'replacement' } as const
    await expectRefusal(call('deprecate', { ...request, message: 'words' }), expected)
  })

  test('a second identical Yank of the default before leaves the default where it moved', async () => {
    await register('1.0.0', '1.1.0')
    const first = withoutEffect(await call('yank', { revision_tag: '1.1.0' }))
    expect(await expectNoEntry('yank', { revision_tag: '1.1.0', if_default: 'CLEAR' })).toEqual(first)
    expect(await tag()).toBe('1.0.0')
  })

  test('twenty identical concurrent changes store one entry', async () => {
    await register('1.0.0')
    const before = await storedLog()
    const request = { revision_tag: '1.0.0', message: 'words' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('deprecate', request)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await storedLog()).toHaveLength(before.length + 1)
  })
})

describeOverEachProtocol('a change that is sent twice', (subject) => {
  const { register } = subject
  const { expectNoEntry, expectOneEntry } = watching(subject)

  test('a second Deprecate without any text stores nothing and is answered like the first', async () => {
    await register('1.0.0')
    const first = await expectOneEntry('deprecate', { revision_tag: '1.0.0' })
    expect(await expectNoEntry('deprecate', { revision_tag: '1.0.0' })).toEqual(first)
  })
})
