import { fromJson, type JsonObject } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { anonymous } from '../../../src/domain/access/principal.ts'
import { builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import type { Caller } from '../../../src/registry/core/caller.ts'
import type { RegistryDeps } from '../../../src/registry/core/registry-deps.ts'
import type { CallContext } from '../../../src/server/call/context.ts'
import type { CallMethod } from '../../../src/server/call/method.ts'
import { registryMethods } from '../../../src/server/call/methods/registry-methods.ts'
import type { Store } from '../../../src/store/store.ts'
import type { Fields, Method } from '../../support/api.ts'
import { caller } from '../../support/caller.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { type KnownCaller, knownCaller } from '../../support/known-caller.ts'
import type { Storage } from '../../support/storage.ts'

const service = { namespace: 'my-org', name: 'my-service' }

/** The requests of a session in which each kind of change is made. */
const session: readonly (readonly [Method, Fields])[] = [
  ['register', { revision_tag: '1.0.0' }],
  ['register', { revision_tag: '1.1.0', is_default: true }],
  ['register', { revision_tag: '1.2.0', is_default: false }],
  ['updateRevision', { revision_tag: '1.0.0', description: 'a' }],
  ['setDefault', { revision_tag: '1.0.0', reason: 'it is faster' }],
  ['clearDefault', {}],
  ['setDefault', { revision_tag: '1.1.0' }],
  ['setAlias', { alias: 'stable', follows: '^1' }],
  ['deleteAlias', { alias: 'stable' }],
  ['setRollout', { candidates: [{ revision_tag: '1.2.0', weight: 10_000 }], reason: 'try it' }],
  ['endRollout', {}],
  ['revert', { generation: 1, reason: 'it was faster' }],
  ['deprecate', { revision_tag: '1.0.0', message: 'old' }],
  ['undeprecate', { revision_tag: '1.0.0' }],
  ['yank', { revision_tag: '1.1.0', reason: 'it loses data' }],
  ['unyank', { revision_tag: '1.1.0' }],
  ['yank', { revision_tag: '1.0.0' }],
  ['deleteRevision', { revision_tag: '1.0.0' }],
]

const changing = new Set(['register', 'manage', 'delete'])

test('each method whose permission is to change something is in the session', () => {
  const methods = Object.entries<CallMethod>(registryMethods as never).filter(([, { permission }]) =>
    changing.has(permission ?? ''),
  )
  expect(new Set(session.map(([method]) => method))).toEqual(new Set(methods.map(([name]) => name)))
})

describeOnEachStore('the actors of changes', (createStorage) => {
  let storage: Storage
  let store: Store
  let deps: RegistryDeps

  beforeEach(async () => {
    storage = await createStorage()
    await open()
  })
  afterEach(async () => {
    await store.close()
    await storage.remove()
  })

  async function open(): Promise<void> {
    store = await openStore(parseStore(storage.location))
    deps = composeRegistry(store, builtInPolicy('latest-semver'))
  }

  async function reopen(): Promise<void> {
    await store.close()
    await open()
  }

  // As the pipeline does.
  async function call(method: Method, request: Fields, by: Caller) {
    const row = registryMethods[method] as unknown as CallMethod<RegistryDeps>
    const message = fromJson(row.method.input, { ...service, ...request } as JsonObject)
    return row.run(deps, row.decode(message), by as CallContext) as Promise<Fields>
  }

  const log = () => store.readLog(parseServiceId('my-org', 'my-service'), { after: 0, limit: 100 })

  async function etagOf(tag: unknown): Promise<string | undefined> {
    return (await log()).findLast(({ revision }) => revision?.revisionTag === tag)?.revision?.etag
  }

  test('every kind of change stores the principal of its caller, with the claims of the grant and no others', async () => {
    const claims = { repository_owner_id: '1', actor: 'a-person' }
    for (const [index, [method, given]] of session.entries()) {
      const request = method === 'deleteRevision' ? { ...given, etag: await etagOf(given.revision_tag) } : given
      await call(method, request, knownCaller({ name: `run ${index}`, claims, matched: { repository_owner_id: '1' } }))
    }
    await reopen()
    const entries = await log()
    expect(entries.map(({ principal }) => principal)).toEqual(
      session.map((_, index) => ({
        ...knownCaller({ matched: { repository_owner_id: '1' } }).principal,
        name: `run ${index}`,
      })),
    )
    expect(entries.every(({ link }) => link !== null && link.salt !== '')).toBe(true)
    expect(JSON.stringify(entries)).not.toContain('a-person')
  })

  test('the revision and the rule of the default have the name of the principal', async () => {
    await call('register', { revision_tag: '1.0.0' }, knownCaller({ name: 'the first' }))
    await call('setDefault', { revision_tag: '1.0.0', reason: 'why' }, knownCaller({ name: 'the second' }))
    await reopen()
    const [registration, move] = await log()
    expect(registration?.revision?.registeredBy).toBe('the first')
    expect(registration?.head.defaultRule?.actor).toBe('the first')
    expect(move?.head.defaultRule).toMatchObject({ by: 'hand', actor: 'the second', reason: 'why' })
  })

  const request = { revision_tag: '2.0.0', request_id: 'request-1' }
  const first = { name: 'run 1' }

  test.for<[string, KnownCaller]>([
    ['in the next run of the pipeline, with another name', { name: 'run 2' }],
    ['with other claims', { matched: { ref: 'refs/tags/1' } }],
  ])('the principal that used a request id first gets the first answer again: %s', async ([, again]) => {
    const answer = await call('register', request, knownCaller(first))
    await call('register', { revision_tag: '3.0.0' }, caller)
    await reopen()
    expect(await call('register', request, knownCaller({ ...first, ...again }))).toEqual(answer)
    expect(await log()).toHaveLength(2)
  })

  const others: readonly (readonly [string, Caller])[] = [
    ['another subject with the same name', knownCaller({ ...first, subject: 'another' })],
    ['another issuer with the same name', knownCaller({ ...first, issuer: 'https://another.example' })],
    ['an anonymous caller', caller],
    ['a caller that only has the same name', { ...caller, principal: { name: 'run 1' } }],
  ]

  test.for(others)('a request id of somebody else gets nothing of the first answer: %s', async ([, other]) => {
    await call('register', request, knownCaller(first))
    await reopen()
    const error = await call('register', request, other).catch((reason) => reason)
    expect(error).toMatchObject({ reason: 'REQUEST_ID_REUSED' })
    expect(JSON.stringify([error.message, error.metadata, error.fieldViolations])).not.toMatch(/2\.0\.0|run 1/)
    expect(await log()).toHaveLength(1)
  })

  test('a verified caller with the name of anonymous ones gets no answer of an anonymous caller', async () => {
    await call('register', request, caller)
    const again = call('register', request, knownCaller({ name: anonymous.name }))
    await expect(again).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' })
  })

  test('of two callers that use a request id at the same time, one gets the answer', async () => {
    const both = [knownCaller(first), knownCaller({ ...first, subject: 'another' })]
    const outcomes = await Promise.allSettled(both.map((by) => call('register', request, by)))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await log()).toHaveLength(1)
  })

  test('the same registration by somebody else is a replay, and the first author stays', async () => {
    await call('register', { revision_tag: '2.0.0' }, knownCaller(first))
    expect(await call('register', { revision_tag: '2.0.0' }, caller)).toMatchObject({ replayed: true })
    const entries = await log()
    expect(entries).toHaveLength(1)
    expect(entries[0]?.revision?.registeredBy).toBe('run 1')
  })
})
