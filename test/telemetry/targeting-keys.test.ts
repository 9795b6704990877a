import { expect, test } from 'vitest'
import { everyApi, type Fields, type Method } from '../support/api.ts'
import { startObserved } from '../support/observed-server.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'

const KEY = 'user-0b6f8f6a'
const service = { namespace: 'my-org', name: 'my-service' }

test('no log, metric or span has a targeting key, however the call ends', async () => {
  await using receiver = await startOtlpReceiver()
  await using observed = await startObserved({ accessLog: true, otlpEndpoint: receiver.endpoint })
  const calls: readonly (readonly [Method, Fields])[] = [
    ['get', { targeting_key: KEY }],
    ['get', { targeting_key: KEY, explain: true, view: 'FULL' }],
    ['get', { targeting_key: `${KEY}\n` }],
    ['get', { targeting_key: KEY, name: 'nothing' }],
    ['issueCallToken', { targeting_key: KEY }],
    ['setRollout', { candidates: [{ revision_tag: '2.0.0', pinned_keys: [KEY, KEY] }] }],
  ]
  for (const open of Object.values(everyApi)) {
    const api = open(observed.server.url, { 'waypost-targeting-key': KEY })
    for (const [is_default, revision_tag] of [
      [true, '1.0.0'],
      [false, '2.0.0'],
    ] as const)
      await api.call('register', { ...service, revision_tag, is_default })
    await api.call('setRollout', { ...service, candidates: [{ revision_tag: '2.0.0', weight: 50_000 }] })
    for (const [method, request] of calls) await api.attempt(method, { ...service, ...request })
    api.close()
  }
  expect(await observed.readMetrics()).not.toContain(KEY)
  await observed.server.close()
  expect(receiver.spans.length).toBeGreaterThan(0)
  expect(JSON.stringify([receiver.spans, observed.lines])).not.toContain(KEY)
  expect(observed.lines.length).toBeGreaterThan(calls.length)
})
