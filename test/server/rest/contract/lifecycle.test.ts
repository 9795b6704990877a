import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../support/api.ts'
import { describeOn } from '../../../support/behaviour.ts'
import { expectRefusal } from '../../../support/refusals.ts'
import { sqliteStorage } from '../../../support/storage.ts'
import { contractServer, fourProtocols } from './requests.ts'

const deprecation = { message: 'gets no fixes', replacement: '1.0.0' }
const yank = { reason: 'loses data' }
const TAG = { revision_tag: '1.1.0' }

describe('yank and deprecation', () => {
  describeOn(sqliteStorage, fourProtocols, ({ call, register }) => {
    const revision = async (request: Fields = TAG) => (await call('get', request)).revision as Fields
    const facts = ({ state, yank, deprecation }: Fields) => ({ state, yank, deprecation })
    const isChosen = async () => (await revision({ version_range: '^1' })).revision_tag === '1.1.0'
    const expectFacts = async (answer: unknown, expected: Fields) => {
      for (const shown of [answer as Fields, await revision()]) expect(facts(shown)).toEqual(expected)
      const { revisions } = (await call('listRevisions', { view: 'FULL' })) as { revisions: Fields[] }
      const listed = revisions.find(({ revision_tag }) => revision_tag === '1.1.0') ?? {}
      expect(facts(listed)).toEqual({ ...expected, state: expected.state ?? 'ACTIVE' })
    }

    test('deprecating a yanked revision keeps it yanked, and both texts are shown', async () => {
      await register('1.0.0', '1.1.0')
      await call('yank', { ...TAG, ...yank })
      const answer = await call('deprecate', { ...TAG, ...deprecation })
      await expectFacts(answer.revision, { state: 'YANKED', yank, deprecation })
      expect([await isChosen(), (await revision({})).revision_tag]).toEqual([false, '1.0.0'])
    })

    test('yanking a deprecated revision keeps its deprecation', async () => {
      await register('1.0.0', '1.1.0')
      await call('deprecate', { ...TAG, ...deprecation })
      const answer = await call('yank', { ...TAG, ...yank })
      await expectFacts(answer.revision, { state: 'YANKED', yank, deprecation })
      expect(await isChosen()).toBe(false)
    })

    test('unyanking keeps the deprecation', async () => {
      await register('1.0.0', '1.1.0')
      await call('yank', { ...TAG, ...yank })
      await call('deprecate', { ...TAG, ...deprecation })
      const answer = await call('unyank', TAG)
      await expectFacts(answer.revision, { state: 'DEPRECATED', yank: undefined, deprecation })
      expect(await isChosen()).toBe(true)
    })

    test('undeprecating keeps the yank', async () => {
      await register('1.0.0', '1.1.0')
      await call('deprecate', { ...TAG, ...deprecation })
      await call('yank', { ...TAG, ...yank })
      const answer = await call('undeprecate', TAG)
      await expectFacts(answer.revision, { state: 'YANKED', yank, deprecation: undefined })
      expect(await isChosen()).toBe(false)
    })

    test('undeprecating a revision that is not yanked makes it active', async () => {
      await register('1.0.0', '1.1.0')
      await call('deprecate', { ...TAG, ...deprecation })
      const answer = await call('undeprecate', TAG)
      await expectFacts(answer.revision, { state: undefined, yank: undefined, deprecation: undefined })
    })

    test('unyanking and undeprecating a revision that is neither yanked nor deprecated change nothing', async () => {
      await register('1.0.0', '1.1.0')
      for (const method of ['unyank', 'undeprecate'] as const) {
        const answer = await call(method, TAG)
        await expectFacts(answer.revision, { state: undefined, yank: undefined, deprecation: undefined })
      }
    })

    test('the text of a yank or a deprecation is replaced by the next text of the same kind only', async () => {
      await register('1.0.0', '1.1.0')
      await call('yank', { ...TAG, ...yank })
      await call('deprecate', { ...TAG, ...deprecation })
      await call('deprecate', { ...TAG, message: 'second' })
      await expectFacts(await revision(), { state: 'YANKED', yank, deprecation: { message: 'second' } })
      await call('yank', { ...TAG, reason: 'second' })
      const expected = { state: 'YANKED', yank: { reason: 'second' }, deprecation: { message: 'second' } }
      await expectFacts(await revision(), expected)
    })

    test('a revision is yanked and deprecated even if neither fact has a text', async () => {
      await register('1.0.0', '1.1.0')
      await call('yank', TAG)
      await call('deprecate', TAG)
      await expectFacts(await revision(), { state: 'YANKED', yank: {}, deprecation: {} })
    })

    test('a list that is filtered by state counts a yanked and deprecated revision as yanked', async () => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0')
      await call('deprecate', { revision_tag: '1.1.0' })
      await call('deprecate', { revision_tag: '1.2.0' })
      await call('yank', { revision_tag: '1.2.0' })
      await call('yank', { revision_tag: '1.3.0' })
      const listed = async (state: string) => {
        const { revisions = [] } = await call('listRevisions', { state })
        return (revisions as Fields[]).map(({ revision_tag }) => revision_tag)
      }
      expect(await listed('ACTIVE')).toEqual(['1.0.0'])
      expect(await listed('DEPRECATED')).toEqual(['1.1.0'])
      expect(await listed('YANKED')).toEqual(['1.3.0', '1.2.0'])
      await call('unyank', { revision_tag: '1.2.0' })
      expect(await listed('DEPRECATED')).toEqual(['1.2.0', '1.1.0'])
    })

    test('a yanked and deprecated revision cannot become the default', async () => {
      await register('1.0.0', '1.1.0')
      await call('yank', TAG)
      await call('deprecate', TAG)
      await expectRefusal(call('setDefault', TAG), { code: 'failed_precondition', reason: 'TARGET_YANKED' })
    })

    test('deprecating a yanked revision and unyanking it change the etag, and an old etag is refused', async () => {
      await register('1.0.0', '1.1.0')
      const etag = async () => (await revision({ ...TAG, view: 'FULL' })).etag
      await call('yank', TAG)
      const yanked = await etag()
      await call('deprecate', { ...TAG, etag: yanked })
      expect(await etag()).not.toBe(yanked)
      await expectRefusal(call('undeprecate', { ...TAG, etag: yanked }), { code: 'aborted', reason: 'ETAG_MISMATCH' })
      await call('undeprecate', { ...TAG, etag: await etag() })
    })

    test('undeprecating with validate_only answers the result and changes nothing', async () => {
      await register('1.0.0', '1.1.0')
      await call('deprecate', { ...TAG, ...deprecation })
      const { revision: shown } = await call('undeprecate', { ...TAG, validate_only: true })
      expect(facts(shown as Fields)).toEqual({ state: undefined, yank: undefined, deprecation: undefined })
      await expectFacts(await revision(), { state: 'DEPRECATED', yank: undefined, deprecation })
    })
  })
})

describe('POST …/deprecate', () => {
  const { send, get, serviceWith } = contractServer()

  test('a second POST …/deprecate with an empty body is answered like the first and keeps the etag', async () => {
    const path = `${await serviceWith('1.0.0')}/revisions/1.0.0`
    const etag = async () => (await get(`${path}?view=FULL`)).etag
    const before = await etag()
    const first = await send('POST', `${path}/deprecate`)
    const after = await etag()
    expect(after).not.toBe(before)
    const second = await send('POST', `${path}/deprecate`)
    expect([second.status, second.text]).toEqual([200, first.text])
    expect(await etag()).toBe(after)
  })
})

describe('POST …/restore', () => {
  const { send, get, serviceWith } = contractServer()

  test('POST …/restore removes the yank and keeps the deprecation, in the same way as …/unyank', async () => {
    const path = await serviceWith('1.0.0', '1.1.0')
    for (const verb of ['restore', 'unyank']) {
      await send('POST', `${path}/revisions/1.1.0/yank`, { body: yank })
      await send('POST', `${path}/revisions/1.1.0/deprecate`, { body: deprecation })
      const answer = await send('POST', `${path}/revisions/1.1.0/${verb}`)
      const expected = { revision_tag: '1.1.0', state: 'DEPRECATED', deprecation }
      expect(answer, verb).toMatchObject({ status: 200, body: expected })
      expect(answer.body, verb).not.toHaveProperty('yank')
      expect(await get(`${path}/revisions/1.1.0`)).toEqual(answer.body)
    }
  })

  test('POST …/restore with validate_only changes nothing', async () => {
    const path = await serviceWith('1.0.0')
    await send('POST', `${path}/revisions/1.0.0/yank`)
    await send('POST', `${path}/revisions/1.0.0/restore`, { body: { validate_only: true } })
    expect(await get(`${path}/revisions/1.0.0`)).toMatchObject({ state: 'YANKED' })
  })
})
