import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { changesOf, differencesIn, laterTime, newestGeneration } from './history.ts'
import { looking } from './looking.ts'

describeBehaviour('a revert', (subject) => {
  const { call, register, storedLog } = subject
  const { tag, revision, aliases, alias, tags, serviceEtag } = looking(subject)

  /** Makes the four first changes. Their choices are the default 1.0.0 and the aliases beta and stable. */
  async function choose(): Promise<void> {
    await register('1.0.0', '1.1.0')
    await call('setAlias', { alias: 'beta', revision_tag: '1.1.0' })
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('setDefault', { revision_tag: '1.0.0', reason: 'for a start' })
  }

  test('a revert restores the default and the aliases of a generation, and nothing else', async () => {
    await choose()
    await register('2.0.0', '1.2.0')
    await call('setDefault', { revision_tag: '2.0.0' })
    await call('setAlias', { alias: 'beta', follows: '^2' })
    await call('setAlias', { alias: 'newer', revision_tag: '2.0.0' })
    await call('deleteAlias', { alias: 'stable' })
    await call('updateRevision', { revision_tag: '1.0.0', description: 'after' })
    const answer = await call('revert', { generation: 5, reason: '2.0.0 is too slow' })
    expect(answer).toMatchObject({
      service: { default_revision_tag: '1.0.0', highest_version: '2.0.0', revision_count: 4 },
      generation: '5',
      moved: 100_000,
      effect: {
        default_revision: { before: '2.0.0', after: '1.0.0' },
        aliases: [
          { alias: 'beta', before: '2.0.0', after: '1.1.0' },
          { alias: 'newer', before: '2.0.0' },
          { alias: 'stable', after: '1.2.0' },
        ],
        moved: 100_000,
      },
    })
    expect(await tag()).toBe('1.0.0')
    expect(await aliases(), 'a range is followed to a revision of today').toEqual({ beta: '1.1.0', stable: '1.2.0' })
    expect(await alias('stable')).toMatchObject({ follows: '^1' })
    expect(await tags(), 'the revisions stay').toEqual(['1.2.0', '2.0.0', '1.1.0', '1.0.0'])
    expect(await revision({ revision_tag: '1.0.0' })).toMatchObject({ description: 'after' })
    const [change] = (await changesOf(subject)) as [Fields]
    expect(change).toMatchObject({ event: 'CHOICES_REVERTED', reason: '2.0.0 is too slow', generation: '13' })
    expect(differencesIn(change)).toEqual([
      'default: 2.0.0 → 1.0.0',
      'aliases.beta: ^2 → 2.0.0 → 1.1.0',
      'aliases.newer: 2.0.0 → undefined',
      'aliases.stable: undefined → ^1 → 1.2.0',
    ])
    const { explanation } = await revision({ explain: true })
    expect(explanation).toMatchObject({ rule: 'DEFAULT_BY_REVERT' })
    expect((explanation as Fields).description).toContain('2.0.0 is too slow')
  })

  test('an alias that follows its range again moves with later registrations', async () => {
    await choose()
    await call('deleteAlias', { alias: 'stable' })
    await call('revert', { generation: 5 })
    await register('1.9.0')
    expect(await aliases()).toEqual({ beta: '1.1.0', stable: '1.9.0' })
  })

  test('a revert to a time restores the choices of that time', async () => {
    await choose()
    const [{ time }] = (await changesOf(subject)) as [Fields]
    await laterTime()
    await register('2.0.0')
    await call('setDefault', { revision_tag: '2.0.0' })
    expect(await call('revert', { time })).toMatchObject({ generation: '5', moved: 100_000 })
    expect(await tag()).toBe('1.0.0')
  })

  test('a revert to a state without a default and without aliases clears them', async () => {
    await call('register', { revision_tag: '1.0.0', is_default: false })
    await call('setDefault', { revision_tag: '1.0.0' })
    await call('setAlias', { alias: 'stable', revision_tag: '1.0.0' })
    await call('revert', { generation: 1 })
    expect(await tag()).toBeUndefined()
    expect(await aliases()).toEqual({})
    expect(await revision({ revision_tag: '1.0.0' })).toMatchObject({ is_default: false })
  })

  test('a revert can be reverted', async () => {
    await choose()
    await call('setDefault', { revision_tag: '1.1.0' })
    await call('revert', { generation: 5 })
    expect(await tag()).toBe('1.0.0')
    await call('revert', { generation: 6 })
    expect(await tag()).toBe('1.1.0')
    await call('revert', { generation: 7 })
    expect(await tag()).toBe('1.0.0')
    expect(await newestGeneration(subject)).toBe(9)
  })

  test('an alias that stays keeps its etag, and one that changes gets a new one, as does the service', async () => {
    await choose()
    await call('setAlias', { alias: 'beta', revision_tag: '1.0.0' })
    const [stable, beta, etag] = [await alias('stable'), await alias('beta'), await serviceEtag()]
    await call('revert', { generation: 5 })
    expect(await alias('stable')).toEqual(stable)
    expect((await alias('beta'))?.etag).not.toBe(beta?.etag)
    expect(await serviceEtag()).not.toBe(etag)
  })

  test('a revert to the present choices stores nothing, even with a reason', async () => {
    await choose()
    await register('0.9.0')
    await call('yank', { revision_tag: '0.9.0' })
    const [etag, entries] = [await serviceEtag(), (await storedLog()).length]
    for (const request of [{ generation: 5 }, { generation: 7 }, { time: new Date().toISOString() }]) {
      const answer = await call('revert', { ...request, reason: 'to be safe', request_id: 'request-1' })
      expect(answer).toMatchObject({ service: { default_revision_tag: '1.0.0', etag }, moved: 0, effect: { moved: 0 } })
      expect(answer.effect).not.toHaveProperty('default_revision')
    }
    expect(await storedLog()).toHaveLength(entries)
    expect((await revision({ explain: true })).explanation).toMatchObject({ rule: 'DEFAULT_BY_HAND' })
  })

  test('a revert with validate_only tells its effect and stores nothing', async () => {
    await choose()
    await call('setDefault', { revision_tag: '1.1.0' })
    const [etag, entries] = [await serviceEtag(), (await storedLog()).length]
    const tried = await call('revert', { generation: 5, validate_only: true })
    expect(tried).toMatchObject({ service: { default_revision_tag: '1.0.0' }, generation: '5', moved: 100_000 })
    expect(await storedLog()).toHaveLength(entries)
    expect(await serviceEtag()).toBe(etag)
    const made = await call('revert', { generation: 5 })
    const { etag: _, ...service } = made.service as Fields
    expect(tried).toMatchObject({ ...made, service })
  })

  test('a revert that is sent again with its request_id gets its first answer, whatever happened since', async () => {
    await choose()
    await call('setDefault', { revision_tag: '1.1.0' })
    const request = { generation: 5, request_id: 'request-1' }
    const first = await call('revert', request)
    await register('2.0.0')
    await call('setDefault', { revision_tag: '2.0.0' })
    expect(await call('revert', request)).toEqual(first)
    expect(await tag()).toBe('2.0.0')
    await expectRefusal(call('revert', { ...request, generation: 4 }), {
      ...{ code: 'already_exists', reason: 'REQUEST_ID_REUSED', field: 'request_id' },
    })
  })

  test('a revert needs the current etag of the service, if it names one', async () => {
    await choose()
    const old = await serviceEtag()
    await call('setDefault', { revision_tag: '1.1.0' })
    const refused = { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' } as const
    await expectRefusal(call('revert', { generation: 5, etag: old }), refused)
    expect(await tag()).toBe('1.1.0')
    await call('revert', { generation: 5, etag: await serviceEtag() })
    expect(await tag()).toBe('1.0.0')
  })
})
