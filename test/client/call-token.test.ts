import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import { Code } from '@connectrpc/connect'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRegistryClient, type TokenFunction } from '../../src/client/index.ts'
import { createRegistryClient as createWebClient } from '../../src/client/web.ts'
import {
  type Methods,
  notFound,
  refusal,
  refusing,
  type StubRegistry,
  startStubRegistry,
} from '../support/stub-registry.ts'

const NOW = 1_700_000_000_000

let registry: StubRegistry
let other: StubRegistry
let issued: number
let asked: object[]

beforeAll(async () => {
  registry = await startStubRegistry()
  other = await startStubRegistry()
})

beforeEach(() => {
  issued = 0
  asked = []
  registry.answer(issuing())
  other.answer(issuing())
})

afterEach(() => void vi.restoreAllMocks())

afterAll(async () => {
  await registry.close()
  await other.close()
})

/** Methods that issue the tokens token-1, token-2 and so on. */
const issuing = (expiresIn = 300): Methods => ({
  issueCallToken: ({ $typeName: _, ...request }) => {
    asked.push(request)
    const { namespace, name, revisionTag } = request
    const revision = { namespace, name, revisionTag: revisionTag || '1.2.9' }
    return { revision, accessToken: `token-${++issued}`, tokenType: 'Bearer', expiresIn }
  },
  yank: ({ namespace, name, revisionTag }) => ({ revision: { namespace, name, revisionTag } }),
})

const client = (token?: string | TokenFunction) => createRegistryClient({ baseUrl: registry.url, token })
const chain = () =>
  createRegistryClient({
    registries: [
      { name: 'first', baseUrl: registry.url, token: 'for-first' },
      { name: 'second', baseUrl: other.url, token: 'for-second' },
    ],
  })

describe('callToken', () => {
  test('callToken answers the revision, the token and its end', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW)
    expect(await client().callToken('my-org/x')).toEqual({
      revision: { namespace: 'my-org', name: 'x', revisionTag: '1.2.9', isDefault: false },
      accessToken: 'token-1',
      expiresAt: NOW + 300_000,
    })
    expect(registry.requests[0]?.method).toBe('POST')
  })

  test('callToken sends the selection and the lifetime', async () => {
    const calls = client()
    await calls.callToken('my-org/x:1.0.0', { lifetimeSeconds: 60 })
    await calls.callToken('my-org/x', { versionRange: '^1', includePrerelease: true, labelSelector: 'a=b' })
    await calls.callToken('my-org/x', { alias: 'beta' })
    await calls.callToken('my-org/x', { targetingKey: 'user-42' })
    const empty = {
      revisionTag: '',
      versionRange: '',
      alias: '',
      labelSelector: '',
      includePrerelease: false,
      targetingKey: '',
    }
    const named = { namespace: 'my-org', name: 'x', ...empty, lifetimeSeconds: 0 }
    expect(asked).toEqual([
      { ...named, revisionTag: '1.0.0', lifetimeSeconds: 60 },
      { ...named, versionRange: '^1', includePrerelease: true, labelSelector: 'a=b' },
      { ...named, alias: 'beta' },
      { ...named, targetingKey: 'user-42' },
    ])
  })

  test.for(['connect', 'grpc-web'] as const)('a client for browsers gets a token over %s', async (protocol) => {
    const calls = createWebClient({ baseUrl: registry.url, protocol, token: 'mine' })
    expect(await calls.callToken('my-org/x')).toMatchObject({ accessToken: 'token-1' })
    expect(registry.credentials()).toEqual(['Bearer mine'])
  })

  test.for([
    ['revision', { accessToken: 'secret' }],
    ['access token', { revision: {} }],
  ] as const)('callToken rejects an answer without its %s', async ([part, answer]) => {
    registry.answer({ issueCallToken: () => answer })
    const error = await client()
      .callToken('my-org/x')
      .catch((caught) => caught)
    expect(error).toMatchObject({ code: 'internal', reason: 'UNEXPECTED_ANSWER' })
    expect(error.message).toContain(`it has no ${part}`)
    expect(inspect(error, { depth: null })).not.toContain('secret')
  })
})

describe('a kept call token', () => {
  test('a token is kept until 30 seconds before its end', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(NOW)
    const calls = client()
    const tokenAfter = async (ms: number) => {
      now.mockReturnValue(NOW + ms)
      return (await calls.callToken('my-org/x')).accessToken
    }
    expect(await tokenAfter(0)).toBe('token-1')
    expect(await tokenAfter(269_999)).toBe('token-1')
    expect(await tokenAfter(270_000)).toBe('token-2')
    expect(registry.requests).toHaveLength(2)
  })

  test('a token that ends within 30 seconds is handed out, but not kept', async () => {
    registry.answer(issuing(30))
    const calls = client()
    expect((await calls.callToken('my-org/x')).accessToken).toBe('token-1')
    expect((await calls.callToken('my-org/x')).accessToken).toBe('token-2')
  })

  test('another service, revision, selection or lifetime has another token', async () => {
    const calls = client()
    const wishes = [
      ['my-org/x', {}],
      ['my-org/y', {}],
      ['my-org/x:1.2.9', {}],
      ['my-org/x', { alias: 'beta' }],
      ['my-org/x', { versionRange: 'beta' }],
      ['my-org/x', { labelSelector: 'beta' }],
      ['my-org/x', { versionRange: 'beta', includePrerelease: true }],
      ['my-org/x', { lifetimeSeconds: 600 }],
    ] as const
    const tokens = async () => {
      const answers = []
      for (const [reference, options] of wishes) answers.push((await calls.callToken(reference, options)).accessToken)
      return answers
    }
    const first = await tokens()
    expect(new Set(first).size).toBe(wishes.length)
    expect(await tokens()).toEqual(first)
  })

  test('equal calls at the same time share one request', async () => {
    const calls = client(async () => 'mine')
    const answers = await Promise.all(Array.from({ length: 5 }, () => calls.callToken('my-org/x')))
    expect(new Set(answers.map(({ accessToken }) => accessToken))).toEqual(new Set(['token-1']))
    expect(registry.requests).toHaveLength(1)
  })

  test('a call that gives up does not end the request for other calls', async () => {
    const calls = client()
    const controller = new AbortController()
    const impatient = calls.callToken('my-org/x', { signal: controller.signal })
    const patient = calls.callToken('my-org/x')
    controller.abort()
    await expect(impatient).rejects.toMatchObject({ code: 'canceled' })
    expect(await patient).toMatchObject({ accessToken: 'token-1' })
  })

  test('a caller cannot change a kept token', async () => {
    const calls = client()
    const answer = await calls.callToken('my-org/x')
    expect(() => Object.assign(answer.revision, { revisionTag: '6.6.6' })).toThrow(TypeError)
  })

  test('a change through the same client removes the tokens of the service, and no others', async () => {
    const calls = client()
    await calls.callToken('my-org/x')
    await calls.callToken('my-org/y')
    await calls.revisions.yank('my-org/x:1.2.9')
    expect((await calls.callToken('my-org/x')).accessToken).toBe('token-3')
    expect((await calls.callToken('my-org/y')).accessToken).toBe('token-2')
  })

  test('a token that is under way while its service changes is handed out, but not kept', async () => {
    const { promise: changed, resolve: change } = Promise.withResolvers<void>()
    const { issueCallToken, ...others } = issuing()
    registry.answer({
      ...others,
      issueCallToken: async (request, context) => {
        if (issued === 0) await changed
        return issueCallToken?.(request, context) ?? {}
      },
    })
    const calls = client()
    const early = calls.callToken('my-org/x')
    await calls.revisions.yank('my-org/x:1.2.9')
    change()
    expect((await early).accessToken).toBe('token-1')
    expect((await calls.callToken('my-org/x')).accessToken).toBe('token-2')
  })

  test('a new token of the caller means a new call token', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(NOW)
    let identity = 'anna'
    const calls = client(async () => ({ token: identity, expiresAt: Date.now() + 60_000 }))
    await calls.callToken('my-org/x')
    identity = 'bert'
    expect((await calls.callToken('my-org/x')).accessToken, 'the old token is still used').toBe('token-1')
    now.mockReturnValue(NOW + 60_000)
    expect((await calls.callToken('my-org/x')).accessToken).toBe('token-2')
    expect(registry.credentials()).toEqual(['Bearer anna', 'Bearer bert'])
  })

  test('callers whose headers function sends different tokens never share a call token, even at the same time', async () => {
    const user = new AsyncLocalStorage<string>()
    const headers = () => ({ Authorization: `Bearer ${user.getStore()}` })
    const calls = createRegistryClient({ baseUrl: registry.url, headers })
    const as = (name: string) => user.run(name, async () => (await calls.callToken('my-org/x')).accessToken)
    const [anna, bert] = await Promise.all([as('anna'), as('bert')])
    expect(anna).not.toBe(bert)
    expect(registry.credentials().toSorted()).toEqual(['Bearer anna', 'Bearer bert'])
    expect(await as('anna')).not.toBe(bert)
  })

  test('an error is not kept', async () => {
    const calls = client()
    registry.answer({ issueCallToken: refusing(refusal(Code.PermissionDenied, 'PERMISSION_DENIED')) })
    await expect(calls.callToken('my-org/x')).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' })
    registry.answer(issuing())
    expect(await calls.callToken('my-org/x')).toMatchObject({ accessToken: 'token-1' })
  })

  test('the 1,001st token takes the place of the first one', async () => {
    const calls = client()
    for (let at = 0; at <= 1_000; at++) await calls.callToken(`my-org/x-${at}`)
    await calls.callToken('my-org/x-1')
    expect(issued).toBe(1_001)
    await calls.callToken('my-org/x-0')
    expect(issued).toBe(1_002)
  })

  test('a closed client hands out no kept token', async () => {
    const calls = client()
    await calls.callToken('my-org/x')
    await calls.close()
    await expect(calls.callToken('my-org/x')).rejects.toMatchObject({ reason: 'CLIENT_CLOSED' })
  })
})

describe('callToken in several registries', () => {
  test('callToken asks the next registry after not_found, with the token of that registry', async () => {
    registry.answer({ issueCallToken: refusing(notFound()) })
    const calls = chain()
    expect(await calls.callToken('my-org/x')).toMatchObject({ accessToken: 'token-1' })
    expect([registry.credentials(), other.credentials()]).toEqual([['Bearer for-first'], ['Bearer for-second']])
    await calls.callToken('my-org/x')
    expect(registry.requests, 'the kept token needs no request to any registry').toHaveLength(1)
  })

  test.for([
    ['PERMISSION_DENIED', Code.PermissionDenied],
    ['TOKEN_MISSING', Code.Unauthenticated],
    ['TOKEN_INVALID', Code.Unauthenticated],
    ['CALL_TOKENS_OFF', Code.FailedPrecondition],
    ['REVISION_YANKED', Code.FailedPrecondition],
  ] as const)('callToken asks no other registry after %s', async ([reason, code]) => {
    registry.answer({ issueCallToken: refusing(refusal(code, reason)) })
    await expect(chain().callToken('my-org/x')).rejects.toMatchObject({ reason, registry: 'first' })
    expect([registry.requests.length, other.requests.length]).toEqual([1, 0])
  })

  test('callToken rejects with not_found and the names of all registries if none of them has the service', async () => {
    for (const each of [registry, other]) each.answer({ issueCallToken: refusing(notFound()) })
    await expect(chain().callToken('my-org/x')).rejects.toMatchObject({
      ...{ code: 'not_found', reason: 'SERVICE_NOT_FOUND' },
      message: 'Service revision not found. my-org/x is in none of the registries "first", "second".',
    })
  })
})
