import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'
import { remove } from './state.ts'

const content = { revision_tag: '2.0.0', labels: { tier: 'web' }, description: 'the second' }
const deleted: ExpectedError = {
  ...{ code: 'already_exists', reason: 'REVISION_DELETED' },
  message: /:2\.0\.0 was deleted, and a deleted tag is never registered again; use another revision tag\.$/,
}

describeBehaviour('the tag of a deleted revision', (subject) => {
  const { call, register } = subject
  const { tag, etag, tags, everything, listed } = looking(subject)

  test.for<readonly [Fields, string]>([
    [{}, 'the same content'],
    [{ description: 'another one' }, 'another description'],
    [{ labels: {} }, 'no labels'],
    [{ labels: { tier: 'web', more: 'x' } }, 'more labels'],
    [{ endpoints: [{ protocol: 'grpc', uri: 'https://my-service.example.com' }] }, 'an endpoint'],
    [{ source: { commit: 'abc' } }, 'a source'],
    [{ is_default: true }, 'is_default true'],
    [{ is_default: false }, 'is_default false'],
  ])('a deleted tag is never registered again with %o (%s), and nothing changes', async ([other]) => {
    await register('1.0.0')
    await call('register', content)
    await remove(subject, '2.0.0')
    const before = await everything()
    for (const more of [{ validate_only: true }, {}, { request_id: 'a-request' }]) {
      await expectRefusal(call('register', { ...content, ...other, ...more }), deleted)
    }
    expect(await everything()).toEqual(before)
  })

  test('a deleted tag stays deleted if its registration is retried with the old request_id', async () => {
    await register('1.0.0')
    const sent = { ...content, request_id: 'a-request' }
    const first = await call('register', sent)
    await remove(subject, '2.0.0')
    const before = await everything()
    expect(await call('register', sent)).toEqual(first)
    expect(await everything()).toEqual(before)
  })

  test('a deleted tag does not return as the default or through a range alias if a pipeline runs again', async () => {
    await register('1.0.0', '1.5.0')
    await call('setAlias', { alias: 'next', follows: '>=1' })
    await call('register', content)
    await remove(subject, '2.0.0')
    await expectRefusal(call('register', content), deleted)
    expect(await tag()).toBe('1.5.0')
    expect(await tag({ alias: 'next' })).toBe('1.5.0')
    expect(await tags({ order: 'HIGHEST_VERSION_FIRST' })).toEqual(['1.5.0', '1.0.0'])
    expect(await listed()).toMatchObject({ revision_count: 2, highest_version: '1.5.0' })
  })

  test('the tag of a deleted only revision stays deleted after another tag brings the service back', async () => {
    await call('register', content)
    await remove(subject, '2.0.0')
    await expectRefusal(call('register', content), deleted)
    expect(await listed()).toBeUndefined()
    await register('2.0.1')
    expect(await listed()).toMatchObject({ revision_count: 1, default_revision_tag: '2.0.1' })
    await expectRefusal(call('register', content), deleted)
  })

  test('another tag of the same version as a deleted tag can be registered', async () => {
    await call('register', content)
    await remove(subject, '2.0.0')
    await call('register', { ...content, revision_tag: 'v2.0.0' })
    expect(await tag({ version_range: '2.0.0' })).toBe('v2.0.0')
    await expectRefusal(call('deleteRevision', { revision_tag: '2.0.0', etag: await etag('v2.0.0') }), {
      ...{ code: 'not_found', reason: 'REVISION_NOT_FOUND' },
    })
  })
})
