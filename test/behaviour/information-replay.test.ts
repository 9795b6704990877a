import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { expectRefusal } from '../support/refusals.ts'
import { describeRule } from '../support/store-behaviour.ts'

const grpc = { protocol: 'grpc', uri: 'grpc://a', metadata: { zone: '1', weight: '3' } }
const https = { protocol: 'https', uri: 'https://a' }
const source = { repository: 'https://example.com/x', commit: '0a1b2c3', image_digest: 'sha256:0a' }
const first = {
  revision_tag: '1.2.9',
  labels: { tier: 'web', region: 'eu' },
  endpoints: [grpc, https],
  description: 'the first',
  source,
}

describeRule('registering twice with information', ({ api, call }) => {
  const full = async () => (await call('get', { revision_tag: '1.2.9', view: 'FULL' })).revision

  async function expectReplay(request: Fields) {
    const stored = await full()
    const { revision, replayed } = await call('register', request)
    expect(stored).toMatchObject(revision as object)
    // Over REST the status shows whether it was a replay.
    if (api().protocol !== 'REST') expect(replayed).toBe(true)
    expect(await full(), 'the etag among the rest').toEqual(stored)
  }

  async function expectOtherContent(request: Fields, message: RegExp) {
    const stored = await full()
    const refusal = { code: 'already_exists', reason: 'REVISION_ALREADY_EXISTS', message } as const
    await expectRefusal(call('register', request), refusal)
    expect(await full()).toEqual(stored)
  }

  test.for([
    [{}, 'the same content'],
    [{ labels: { region: 'eu', tier: 'web' } }, 'labels in another order'],
    [{ endpoints: [{ ...grpc, metadata: { weight: '3', zone: '1' } }, https] }, 'metadata in another order'],
    [{ endpoints: [grpc, { ...https, metadata: {} }] }, 'empty metadata instead of none'],
  ] as const)('a second registration with %j is a replay (%s)', async ([change]) => {
    await call('register', first)
    await expectReplay({ ...first, ...change })
  })

  test.for([
    [{ labels: { tier: 'web', region: 'us' } }, /labels/, 'another value'],
    [{ labels: { tier: 'web' } }, /labels/, 'one label fewer'],
    [{ labels: { ...first.labels, more: '' } }, /labels/, 'one more label with an empty value'],
    [{ labels: { tier: 'eu', region: 'web' } }, /labels/, 'exchanged values'],
    [{ labels: undefined }, /labels/, 'no labels'],
    [{ endpoints: [https, grpc] }, /endpoints/, 'endpoints in another order, which may have a meaning'],
    [{ endpoints: [grpc] }, /endpoints/, 'one endpoint fewer'],
    [{ endpoints: [grpc, { ...https, uri: 'https://b' }] }, /endpoints/, 'another URI'],
    [{ endpoints: [{ ...grpc, metadata: { zone: '1' } }, https] }, /endpoints/, 'other metadata'],
    [{ description: 'the second' }, /description/, 'another text'],
    [{ description: '' }, /description/, 'no text'],
    [{ source: { ...source, repository: 'https://example.com/y' } }, /source/, 'another repository'],
    [{ source: { ...source, commit: '0a1b2c4' } }, /source/, 'another commit'],
    [{ source: { ...source, image_digest: 'sha256:0b' } }, /source/, 'another image'],
    [{ source: undefined }, /source/, 'no source'],
    [{ is_default: true }, /is_default/, 'another is_default with the same information'],
  ] as const)(
    'a second registration with %j is refused, the error matches %s, and nothing changes (%s)',
    async ([change, message]) => {
      await call('register', first)
      const request = Object.fromEntries(
        Object.entries({ ...first, ...change }).filter(([, value]) => value !== undefined),
      )
      await expectOtherContent(request, message)
    },
  )

  test('a second registration with information is refused if the first had none', async () => {
    await call('register', { revision_tag: '1.2.9' })
    await expectOtherContent({ revision_tag: '1.2.9', labels: { tier: 'web' } }, /labels/)
  })

  test('the error for a second registration names all fields that differ', async () => {
    await call('register', first)
    await expectOtherContent({ revision_tag: '1.2.9', description: 'x' }, /labels.*endpoints.*description.*source/)
  })

  test('a second registration is compared with the first one, whatever was changed since', async () => {
    await call('register', first)
    const changes = { labels: { tier: 'api' }, endpoints: [], description: '' }
    for (const update_mask of ['labels', 'endpoints', 'description']) {
      await call('updateRevision', { revision_tag: '1.2.9', ...changes, update_mask })
      await expectReplay(first)
    }
    expect(await full()).toHaveProperty('labels', { tier: 'api' })
    await expectOtherContent({ revision_tag: '1.2.9', labels: { tier: 'api' }, source }, /labels/)
  })

  test('a second registration is a replay even if changes were undone or others changed the service', async () => {
    await call('register', first)
    await call('updateRevision', { revision_tag: '1.2.9', description: 'the second' })
    await call('updateRevision', { revision_tag: '1.2.9', description: first.description })
    await call('register', { revision_tag: '2.0.0' })
    await call('deprecate', { revision_tag: '1.2.9', message: 'old' })
    await expectReplay(first)
    await expectOtherContent({ ...first, description: 'the second' }, /description/)
  })
})
