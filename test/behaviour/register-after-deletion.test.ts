import { expect, test } from 'vitest'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { remove } from './state.ts'

const content = { revision_tag: '2.0.0', labels: { tier: 'web' }, description: 'the second' }

describeRule('the tag of a deleted revision', (subject) => {
  const { call, register } = subject
  const { tag, etag, revision, tags, everything, listed } = looking(subject)

  test('the tag of a deleted revision comes back with the same content, as a new registration', async () => {
    await register('1.0.0')
    await call('setAlias', { alias: 'next', follows: '>=1' })
    await call('register', content)
    const oldEtag = await etag('2.0.0')
    await remove(subject, '2.0.0')
    await register('1.5.0')
    const answer = await call('register', content)
    expect(answer.revision).toEqual({ ...subject.service(), ...content, is_default: true })
    if (subject.api().protocol !== 'REST') expect(answer).not.toHaveProperty('replayed', true)
    expect(await tag()).toBe('2.0.0')
    expect(await tag({ alias: 'next' })).toBe('2.0.0')
    expect(await tag({ version_range: '^2' })).toBe('2.0.0')
    expect(await tags()).toEqual(['2.0.0', '1.5.0', '1.0.0'])
    expect(await tags({ order: 'HIGHEST_VERSION_FIRST' })).toEqual(['2.0.0', '1.5.0', '1.0.0'])
    expect(await revision({ view: 'FULL' })).toMatchObject({ state: 'ACTIVE' })
    expect(await etag('2.0.0')).not.toBe(oldEtag)
    expect(await listed()).toMatchObject({ revision_count: 3, highest_version: '2.0.0' })
  })

  test('the tag of a deleted revision comes back with what its registration said, not with what was changed since', async () => {
    await call('register', content)
    await call('updateRevision', { revision_tag: '2.0.0', description: 'changed', labels: { tier: 'api' } })
    await remove(subject, '2.0.0')
    const { revision: again } = await call('register', content)
    expect(again).toEqual({ ...subject.service(), ...content, is_default: true })
    await remove(subject, '2.0.0')
    const changed = { ...content, description: 'changed', labels: { tier: 'api' } }
    await expectRefusal(call('register', changed), { code: 'already_exists', reason: 'REVISION_ALREADY_EXISTS' })
  })

  test('the tag of a deleted revision is a replay again once it is back', async () => {
    await call('register', content)
    await remove(subject, '2.0.0')
    await call('register', content)
    const before = await everything()
    const answer = await call('register', content)
    if (subject.api().protocol !== 'REST') expect(answer).toMatchObject({ replayed: true })
    expect(await everything()).toEqual(before)
  })

  test.for([
    [{ description: 'another one' }, 'another description'],
    [{ labels: {} }, 'no labels'],
    [{ labels: { tier: 'web', more: 'x' } }, 'more labels'],
    [{ endpoints: [{ protocol: 'grpc', uri: 'https://my-service.example.com' }] }, 'an endpoint'],
    [{ source: { commit: 'abc' } }, 'a source'],
    [{ is_default: true }, 'is_default true'],
    [{ is_default: false }, 'is_default false'],
  ] as const)('the tag of a deleted revision does not come back with %o: %s is other content', async ([other]) => {
    await register('1.0.0')
    await call('register', content)
    await remove(subject, '2.0.0')
    const before = await everything()
    for (const more of [{ validate_only: true }, {}]) {
      await expectRefusal(call('register', { ...content, ...other, ...more }), {
        ...{ code: 'already_exists', reason: 'REVISION_ALREADY_EXISTS', message: /deleted/ },
      })
    }
    expect(await everything()).toEqual(before)
  })

  test('the tag of a deleted revision may be deleted again', async () => {
    await register('1.0.0')
    for (let round = 0; round < 3; round++) {
      await call('register', content)
      expect(await tags()).toEqual(['2.0.0', '1.0.0'])
      await remove(subject, '2.0.0')
      expect(await tags()).toEqual(['1.0.0'])
      expect(await listed()).toMatchObject({ revision_count: 1, default_revision_tag: '1.0.0' })
    }
  })

  test('the tag of a deleted revision brings the service back where it was its only one', async () => {
    await call('register', content)
    await remove(subject, '2.0.0')
    expect(await listed()).toBeUndefined()
    await call('register', content)
    expect(await listed()).toMatchObject({ revision_count: 1, default_revision_tag: '2.0.0' })
  })
})
