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
    // Over REST the status says it.
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
    [{}, 'the same'],
    [{ labels: { region: 'eu', tier: 'web' } }, 'labels in another order'],
    [{ endpoints: [{ ...grpc, metadata: { weight: '3', zone: '1' } }, https] }, 'metadata in another order'],
    [{ endpoints: [grpc, { ...https, metadata: {} }] }, 'empty metadata for none'],
  ] as const)('registering twice with information is a replay with %j: %s', async ([change]) => {
    await call('register', first)
    await expectReplay({ ...first, ...change })
  })

  test.for([
    [{ labels: { tier: 'web', region: 'us' } }, /labels/, 'another value'],
    [{ labels: { tier: 'web' } }, /labels/, 'a label less'],
    [{ labels: { ...first.labels, more: '' } }, /labels/, 'a label more, though it is empty'],
    [{ labels: { tier: 'eu', region: 'web' } }, /labels/, 'values exchanged'],
    [{ labels: undefined }, /labels/, 'none'],
    [{ endpoints: [https, grpc] }, /endpoints/, 'endpoints in another order, which is theirs to mean something'],
    [{ endpoints: [grpc] }, /endpoints/, 'an endpoint less'],
    [{ endpoints: [grpc, { ...https, uri: 'https://b' }] }, /endpoints/, 'another URI'],
    [{ endpoints: [{ ...grpc, metadata: { zone: '1' } }, https] }, /endpoints/, 'other metadata'],
    [{ description: 'the second' }, /description/, 'another text'],
    [{ description: '' }, /description/, 'no text'],
    [{ source: { ...source, repository: 'https://example.com/y' } }, /source/, 'another repository'],
    [{ source: { ...source, commit: '0a1b2c4' } }, /source/, 'another commit'],
    [{ source: { ...source, image_digest: 'sha256:0b' } }, /source/, 'another image'],
    [{ source: undefined }, /source/, 'no source'],
    [{ is_default: true }, /is_default/, 'is_default beside the same information'],
  ] as const)(
    'registering twice with information is refused with %j, naming %s, and changes nothing: %s',
    async ([change, message]) => {
      await call('register', first)
      const request = Object.fromEntries(
        Object.entries({ ...first, ...change }).filter(([, value]) => value !== undefined),
      )
      await expectOtherContent(request, message)
    },
  )

  test('registering twice with information is refused with information where the first registration had none', async () => {
    await call('register', { revision_tag: '1.2.9' })
    await expectOtherContent({ revision_tag: '1.2.9', labels: { tier: 'web' } }, /labels/)
  })

  test('registering twice with information names all that differs', async () => {
    await call('register', first)
    await expectOtherContent({ revision_tag: '1.2.9', description: 'x' }, /labels.*endpoints.*description.*source/)
  })

  test('registering twice with information is a replay of what the registration said, whatever was changed since', async () => {
    await call('register', first)
    const changes = { labels: { tier: 'api' }, endpoints: [], description: '' }
    for (const update_mask of ['labels', 'endpoints', 'description']) {
      await call('updateRevision', { revision_tag: '1.2.9', ...changes, update_mask })
      await expectReplay(first)
    }
    expect(await full()).toHaveProperty('labels', { tier: 'api' })
    await expectOtherContent({ revision_tag: '1.2.9', labels: { tier: 'api' }, source }, /labels/)
  })

  test('registering twice with information is a replay where a change was taken back, and after the changes of others', async () => {
    await call('register', first)
    await call('updateRevision', { revision_tag: '1.2.9', description: 'the second' })
    await call('updateRevision', { revision_tag: '1.2.9', description: first.description })
    await call('register', { revision_tag: '2.0.0' })
    await call('deprecate', { revision_tag: '1.2.9', message: 'old' })
    await expectReplay(first)
    await expectOtherContent({ ...first, description: 'the second' }, /description/)
  })
})
