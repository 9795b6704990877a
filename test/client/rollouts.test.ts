import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as node from '../../src/client/index.ts'
import { Change_Event } from '../../src/client/proto.ts'
import * as web from '../../src/client/web.ts'
import { collect } from '../support/collect.ts'
import { type Methods, type StubRegistry, startStubRegistry } from '../support/stub-registry.ts'

// These tests compare the messages that the client sends, and the answers that it makes of messages.

const NOON = '2026-11-24T12:00:00.000Z'
const noon = timestampFromMs(Date.parse(NOON))
const msOf = (time: Timestamp | undefined) => time && timestampMs(time)
const SERVICE = 'my-org/my-service'

let registry: StubRegistry
beforeAll(async () => {
  registry = await startStubRegistry()
})
afterEach(() => registry.answer({}))
afterAll(() => registry.close())

/** Answers with these methods, and keeps their requests. */
function recorded(methods: Methods): object[] {
  const requests: object[] = []
  const recording = Object.entries(methods).map(([name, method]) => {
    const record = (request: object) => {
      requests.push(request)
      return (method as (request: object) => object)(request)
    }
    return [name, record]
  })
  registry.answer(Object.fromEntries(recording))
  return requests
}

const effect = {
  defaultRevision: { before: '1.1.0' },
  aliases: [{ alias: 'stable', after: '2.0.0' }],
  moved: 10_000,
  warnings: ['1.1.0 is deprecated.'],
}
const shownEffect = { ...effect, aliases: [{ alias: 'stable', after: '2.0.0' }] }
const rollout = {
  candidates: [{ revisionTag: '2.0.0', weight: 10_000, pinnedKeys: ['user-1'], buckets: [{ from: 0, to: 10_000 }] }],
  ...{ salt: 's1', algorithm: 'murmur3-100k', startTime: noon, updateTime: noon },
}
const shownRollout = {
  candidates: [{ ...rollout.candidates[0], held: false }],
  ...{ salt: 's1', algorithm: 'murmur3-100k', startTime: new Date(NOON), updateTime: new Date(NOON) },
}
const service = { namespace: 'my-org', name: 'my-service', etag: 'e1', revisionCount: 2, defaultRevisionTag: '2.0.0' }

describe.for([
  ['waypost', () => node.createRegistryClient({ baseUrl: registry.url })],
  ['waypost/web', () => web.createRegistryClient({ baseUrl: registry.url })],
] as const)('the history and the rollouts of %s', ([, createClient]) => {
  test('rollouts.set sends the candidates without their buckets, and answers the rollout and its effect', async () => {
    const requests = recorded({ setRollout: () => ({ rollout, moved: 10_000, effect, serviceEtag: 'e2' }) })
    const { rollouts } = createClient()
    const options = { salt: 's1', reason: 'Begin.', etag: 'e1', requestId: 'r1', validateOnly: true }
    const answer = await rollouts.set(SERVICE, [...shownRollout.candidates, { revisionTag: '2.1.0' }] as never, options)
    expect(requests).toMatchObject([
      {
        ...{ namespace: 'my-org', name: 'my-service', ...options },
        candidates: [
          { revisionTag: '2.0.0', weight: 10_000, pinnedKeys: ['user-1'], buckets: [], held: false },
          { revisionTag: '2.1.0', weight: 0, pinnedKeys: [] },
        ],
      },
    ])
    expect(answer).toEqual({ rollout: shownRollout, moved: 10_000, effect: shownEffect, serviceEtag: 'e2' })
  })

  test('rollouts.get asks for a state, and answers its generation as a number', async () => {
    const requests = recorded({ getRollout: () => ({ rollout, serviceEtag: 'e1', generation: 12n }) })
    const { rollouts } = createClient()
    const expected = { rollout: shownRollout, serviceEtag: 'e1', generation: 12 }
    expect(await rollouts.get(SERVICE)).toEqual(expected)
    expect(await rollouts.get(SERVICE, { at: { generation: 12 } })).toEqual(expected)
    expect(requests).toMatchObject([{ atGeneration: 0n }, { atGeneration: 12n }])
  })

  test('rollouts.end and history.revert answer the service and the effect', async () => {
    const answer = { service, moved: 5, effect: { moved: 5 } }
    const requests = recorded({ endRollout: () => answer, revert: () => ({ ...answer, generation: 12n }) })
    const { rollouts, history } = createClient()
    const shown = { service, moved: 5, effect: { aliases: [], moved: 5, warnings: [] } }
    expect(await rollouts.end(SERVICE, { promote: '2.0.0', reason: 'Good.' })).toEqual(shown)
    expect(await history.revert(SERVICE, { generation: 12 }, { reason: 'Bad.' })).toEqual({ ...shown, generation: 12 })
    await history.revert(SERVICE, { time: new Date(NOON) })
    expect(requests).toMatchObject([
      { promote: '2.0.0', reason: 'Good.', requestId: expect.stringMatching(/./) },
      { generation: 12n, reason: 'Bad.' },
      { generation: 0n, time: noon },
    ])
  })

  test('history.list sends its filters and requests page by page', async () => {
    const change = {
      ...{
        generation: 7n,
        time: noon,
        actor: 'alice',
        event: Change_Event.DEFAULT_SET,
        reason: 'Slow.',
        requestId: 'r',
        revisionTag: '1.1.0',
      },
      differences: [{ field: 'default', before: '2.0.0', after: '1.1.0' }],
    }
    const requests = recorded({
      listChanges: ({ pageToken }) =>
        pageToken === ''
          ? { changes: [change], nextPageToken: 'more' }
          : { changes: [{ generation: 6n, event: 99 as never }] },
    })
    const filters = {
      revisionTag: '1.1.0',
      alias: 'stable',
      event: 'DEFAULT_SET',
      actor: 'alice',
      pageSize: 1,
    } as const
    const times = { afterTime: NOON, beforeTime: '2026-11-24T13:00:00.0009+01:00' }
    const listed = await collect(createClient().history.list(SERVICE, { ...filters, ...times }))
    expect(listed).toEqual([
      { ...change, generation: 7, time: new Date(NOON), event: 'DEFAULT_SET' },
      { generation: 6, event: '99', differences: [] },
    ])
    expect(requests).toMatchObject([
      { revisionTag: '1.1.0', alias: 'stable', event: 9, actor: 'alice', pageSize: 1, pageToken: '' },
      { pageToken: 'more', event: 9 },
    ])
    expect(requests.map((each) => msOf((each as { beforeTime?: Timestamp }).beforeTime))).toEqual([
      Date.parse(NOON),
      Date.parse(NOON),
    ])
  })

  test('every read takes a state, and answers to changes have their effect', async () => {
    const revision = { namespace: 'my-org', name: 'my-service', revisionTag: '2.0.0', effect, heldByRollout: true }
    const full = { ...revision, generation: 9n, serviceHash: 'h', explanation: { generation: 9n, serviceHash: 'h' } }
    const alias = { alias: 'stable', revisionTag: '2.0.0', effect, generation: 9n }
    const requests = recorded({
      get: () => ({ revision: full }),
      listRevisions: () => ({ revisions: [revision] }),
      getAlias: () => ({ alias }),
      listAliases: () => ({ aliases: [alias] }),
      deleteAlias: () => ({ effect }),
      deleteRevision: () => ({}),
      setDefault: () => ({ service: { ...service, effect } }),
    })
    const client = createClient()
    const at = { time: NOON }
    expect(await client.get(SERVICE, { at, targetingKey: 'ünïcode', explain: true })).toMatchObject({
      ...{ effect: shownEffect, heldByRollout: true, generation: 9, serviceHash: 'h' },
      explanation: { generation: 9, serviceHash: 'h' },
    })
    const [listed] = await collect(client.revisions.list(SERVICE, { at }))
    expect(listed).not.toHaveProperty('generation')
    expect(await client.aliases.get(SERVICE, 'stable', { at })).toMatchObject({ effect: shownEffect, generation: 9 })
    expect(await client.aliases.list(SERVICE, { at })).toHaveLength(1)
    expect(requests).toMatchObject([{ targetingKey: 'ünïcode', atTime: noon }, ...Array(3).fill({ atTime: noon })])
    expect(await client.aliases.delete(SERVICE, 'stable')).toEqual({ effect: shownEffect })
    expect(await client.revisions.delete(`${SERVICE}:1.0.0`, { etag: 'e' })).toEqual({})
    expect(await client.defaults.set(`${SERVICE}:2.0.0`)).toEqual({ ...service, effect: shownEffect })
  })
})
