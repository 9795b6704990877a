import { inspect } from 'node:util'
import { Code } from '@connectrpc/connect'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Caller_Kind } from '../../gen/waypost/v1/access_pb.ts'
import { createRegistryClient } from '../../src/client/index.ts'
import { createRegistryClient as createWebClient } from '../../src/client/web.ts'
import { refusal, refusing, type StubRegistry, startStubRegistry } from '../support/stub-registry.ts'

let registry: StubRegistry
let other: StubRegistry

beforeAll(async () => {
  registry = await startStubRegistry()
  other = await startStubRegistry()
})

afterEach(() => void vi.restoreAllMocks())

afterAll(async () => {
  await registry.close()
  await other.close()
})

const client = (token?: Parameters<typeof createRegistryClient>[0]['token']) =>
  createRegistryClient({ baseUrl: registry.url, token })

const GITHUB = {
  name: 'github:my-org/x deploy.yml@refs/tags/1.2.9 run 123.1',
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:my-org/x',
  claims: { repository: 'my-org/x', run_number: '7' },
}

describe('whoAmI', () => {
  test('whoAmI answers the caller, its grants, and whether it has the permission', async () => {
    const requests: unknown[] = []
    registry.answer({
      whoAmI: ({ permission, resource }) => {
        requests.push([permission, resource])
        return {
          caller: { ...GITHUB, kind: Caller_Kind.OIDC },
          grants: [{ permissions: ['register'], on: ['my-org/*'] }],
          check: { allowed: false, explanation: 'no grant' },
        }
      },
    })
    expect(await client('mine').whoAmI({ permission: 'delete', resource: 'my-org/x' })).toEqual({
      caller: { ...GITHUB, kind: 'OIDC' },
      grants: [{ permissions: ['register'], on: ['my-org/*'] }],
      check: { allowed: false, explanation: 'no grant' },
    })
    expect(requests).toEqual([['delete', 'my-org/x']])
    expect(registry.requests[0]?.method).toBe('GET')
    expect(registry.credentials()).toEqual(['Bearer mine'])
  })

  test('whoAmI leaves out the parts that an anonymous caller does not have', async () => {
    registry.answer({ whoAmI: () => ({ caller: { name: 'anonymous', kind: Caller_Kind.ANONYMOUS } }) })
    const answer = { caller: { name: 'anonymous', kind: 'ANONYMOUS', claims: {} }, grants: [] }
    expect(await client().whoAmI()).toEqual(answer)
    expect(await createWebClient({ baseUrl: registry.url }).whoAmI()).toEqual(answer)
  })

  test('whoAmI has the number of a kind of credential that only a newer registry knows', async () => {
    registry.answer({ whoAmI: () => ({ caller: { kind: 99 as Caller_Kind }, check: { allowed: true } }) })
    expect(await client().whoAmI()).toMatchObject({ caller: { kind: '99' }, check: { allowed: true } })
  })

  test('whoAmI rejects an answer without a caller', async () => {
    registry.answer({ whoAmI: () => ({}) })
    await expect(client().whoAmI()).rejects.toMatchObject({ code: 'internal', reason: 'UNEXPECTED_ANSWER' })
  })

  test('whoAmI asks the registry that it names, and the first one by default', async () => {
    registry.answer({ whoAmI: () => ({ caller: { name: 'first' } }) })
    other.answer({ whoAmI: () => ({ caller: { name: 'second' } }) })
    const registries = [
      { name: 'a', baseUrl: registry.url },
      { name: 'b', baseUrl: other.url },
    ]
    const calls = createRegistryClient({ registries })
    expect((await calls.whoAmI()).caller.name).toBe('first')
    expect((await calls.whoAmI({ registry: 'b' })).caller.name).toBe('second')
  })
})

const REFUSALS = [
  ['PERMISSION_DENIED', Code.PermissionDenied],
  ['SOURCE_MISMATCH', Code.PermissionDenied],
  ['TOKEN_MISSING', Code.Unauthenticated],
  ['TOKEN_INVALID', Code.Unauthenticated],
  ['RATE_LIMITED', Code.ResourceExhausted],
  ['ISSUER_UNREACHABLE', Code.Unavailable],
] as const

describe('a refusal', () => {
  test.for(REFUSALS)('a lookup asks no other registry after %s', async ([reason, code]) => {
    registry.answer({ get: refusing(refusal(code, reason, 3_600)) })
    other.answer({ get: () => ({ revision: { namespace: 'my-org', name: 'x', revisionTag: '1.0.0' } }) })
    const registries = [
      { name: 'a', baseUrl: registry.url },
      { name: 'b', baseUrl: other.url },
    ]
    const failed = createRegistryClient({ registries }).get('my-org/x')
    await expect(failed).rejects.toMatchObject({ reason, registry: 'a', message: `registry "a": ${reason} said` })
    expect([registry.requests.length, other.requests.length]).toEqual([1, 0])
  })

  test.for([
    ['PERMISSION_DENIED', Code.PermissionDenied, 1],
    ['SOURCE_MISMATCH', Code.PermissionDenied, 1],
    ['TOKEN_MISSING', Code.Unauthenticated, 2],
    ['TOKEN_INVALID', Code.Unauthenticated, 2],
    ['TOO_MANY_REVISIONS', Code.FailedPrecondition, 1],
    ['RATE_LIMITED', Code.ResourceExhausted, 5],
    ['ISSUER_UNREACHABLE', Code.Unavailable, 5],
    ['CALL_TOKEN_FAILED', Code.Unavailable, 5],
  ] as const)('a request that ends with %s is sent as often as it may help', async ([reason, code, times]) => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const fetchToken = vi.fn(async () => 'secret')
    registry.answer({ get: refusing(refusal(code, reason, 0)) })
    const error = await client(fetchToken)
      .get('my-org/x')
      .catch((caught) => caught)
    expect(error).toMatchObject({ reason })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('secret')
    expect(registry.requests).toHaveLength(times)
    expect(fetchToken).toHaveBeenCalledTimes(code === Code.Unauthenticated ? 2 : 1)
  })

  test('a request that the registry refuses because of the rate fails at once if the wait exceeds the deadline', async () => {
    registry.answer({ get: refusing(refusal(Code.ResourceExhausted, 'RATE_LIMITED', 6)) })
    await expect(client().get('my-org/x')).rejects.toMatchObject({ reason: 'RATE_LIMITED', retryAfterMs: 6_000 })
    expect(registry.requests).toHaveLength(1)
  })
})

describe('the cache of lookups', () => {
  const found = { get: () => ({ revision: { namespace: 'my-org', name: 'x', revisionTag: '1.0.0' } }) }
  const cached = () =>
    createRegistryClient({ baseUrl: registry.url, cache: { maxAge: 0, staleIfError: 3_600_000 }, timeoutMs: 500 })

  test('an old answer is used while the registry refuses the caller because of its rate', async () => {
    const calls = cached()
    registry.answer(found)
    await calls.get('my-org/x')
    registry.answer({ get: refusing(refusal(Code.ResourceExhausted, 'RATE_LIMITED', 60)) })
    expect(await calls.get('my-org/x')).toMatchObject({ revisionTag: '1.0.0' })
  })

  test('an old answer is removed if the caller no longer has the permission', async () => {
    const calls = cached()
    registry.answer(found)
    await calls.get('my-org/x')
    registry.answer({ get: refusing(refusal(Code.PermissionDenied, 'PERMISSION_DENIED')) })
    await expect(calls.get('my-org/x')).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' })
    registry.answer({ get: refusing(refusal(Code.Unavailable, 'STORE_UNAVAILABLE', 60)) })
    await expect(calls.get('my-org/x')).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' })
  })
})
