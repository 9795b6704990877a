import { readFileSync } from 'node:fs'
import type { Interceptor } from '@connectrpc/connect'
import { Code, ConnectError } from '@connectrpc/connect'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'
import { collect } from '../support/collect.ts'
import { type SimpleRegistry, startSimpleRegistry } from './simple-registry.ts'

const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), 'utf8')
const [ca, cert, key] = [pem('ca'), pem('client'), pem('client-key')]
const stranger = { cert: pem('stranger'), key: pem('stranger-key') }

let registry: SimpleRegistry
let other: SimpleRegistry

beforeAll(async () => {
  registry = await startSimpleRegistry()
  other = await startSimpleRegistry()
})

beforeEach(() => {
  for (const { requests } of [registry, other]) (requests as unknown[]).length = 0
})

afterAll(async () => {
  await registry.close()
  await other.close()
})

/** Functions that fail, with the text of the error. */
const failingHeaders: readonly (readonly [string, () => unknown, string])[] = [
  ['throws', () => Promise.reject(new Error('no headers')), 'failed; see the cause of this error.'],
  [
    'returns nothing',
    () => undefined,
    'did not return an object; return an object with the names and values of headers.',
  ],
  ['returns a number', () => ({ a: 1 }), 'returned a header that cannot be sent: "a" is a number; use a string.'],
  [
    'returns a value that cannot be sent',
    () => ({ a: 'secret\r\nb: c' }),
    'returned a header that cannot be sent: "a" cannot be sent as a header; use a valid name',
  ],
  [
    'returns a control character',
    () => ({ a: 'secret\u007f' }),
    'returned a header that cannot be sent: "a" cannot be sent as a header; use a valid name',
  ],
  [
    'returns a header of the protocol',
    () => ({ 'Content-Type': 'x' }),
    '"Content-Type" is a header that the protocol sets; leave it out.',
  ],
  [
    'returns a credential beside a token',
    () => ({ Authorization: 'secret' }),
    '"Authorization" is not allowed together with a token; give only one of them.',
  ],
]

const sent = (name: string) => registry.requests.map(({ headers }) => headers[name])

describe.for([
  ['waypost', node.createRegistryClient],
  ['waypost/web', web.createRegistryClient],
  [
    'waypost/web over gRPC-Web',
    (options: web.WebRegistryClientOptions) => web.createRegistryClient({ ...options, protocol: 'grpc-web' }),
  ],
] as const)('headers of %s', ([, create]) => {
  const client = (options: Omit<node.OneRegistryOptions, 'baseUrl' | 'tls'>) =>
    create({ baseUrl: registry.url, ...options })

  test('fixed headers are sent with every request', async () => {
    const calls = client({ headers: { 'X-Api-Key': 'abc', Authorization: 'Basic abc' } })
    await calls.get('my-org/x')
    await collect(calls.services.listNamespaces())
    expect(sent('x-api-key')).toEqual(['abc', 'abc', 'abc'])
    expect(sent('authorization')).toEqual(['Basic abc', 'Basic abc', 'Basic abc'])
  })

  test('a header is sent without the spaces and line breaks around its value, such as those of a token from a file', async () => {
    const headers = { authorization: 'Bearer abc\n', 'x-api-key': ' abc\t' }
    await client({ headers }).get('my-org/x')
    await client({ headers: () => headers }).get('my-org/x')
    expect(sent('authorization')).toEqual(['Bearer abc', 'Bearer abc'])
    expect(sent('x-api-key')).toEqual(['abc', 'abc'])
  })

  test('a headers function is called for each request', async () => {
    let count = 0
    const headers = vi.fn<node.HeadersFunction>(async () => ({ 'x-count': `${++count}` }))
    const calls = client({ headers, token: 'abc' })
    await calls.get('my-org/x')
    await calls.get('my-org/x')
    expect(sent('x-count')).toEqual(['1', '2'])
    expect(sent('authorization'), 'the token stays').toEqual(['Bearer abc', 'Bearer abc'])
    expect(headers.mock.calls[0]?.[0].signal).toBeInstanceOf(AbortSignal)
  })

  test('the headers of a registry are sent to that registry only', async () => {
    const registries = [
      { name: 'a', baseUrl: registry.url, headers: { 'x-api-key': 'for-a' } },
      { name: 'b', baseUrl: other.url },
    ]
    const calls = create({ registries })
    await calls.get('my-org/x')
    await collect(calls.services.listNamespaces({ registry: 'b' }))
    expect(sent('x-api-key')).toEqual(['for-a'])
    expect(other.requests.map(({ headers }) => headers['x-api-key'])).toEqual([undefined, undefined])
  })

  test.for(failingHeaders)(
    'a headers function that %s causes an error, and nothing is sent',
    async ([, headers, message]) => {
      const error = await client({ headers: headers as never, token: 'abc' })
        .get('my-org/x')
        .catch((caught) => caught)
      expect(error).toMatchObject({ code: 'internal', reason: 'HEADERS_FAILED', registry: registry.url })
      expect(error.message).toContain(message)
      expect(error.message).not.toContain('secret')
      expect(registry.requests).toEqual([])
    },
  )

  test('a headers function that never answers ends the call at its deadline', async () => {
    const signals: AbortSignal[] = []
    const headers: node.HeadersFunction = ({ signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    await expect(client({ headers }).get('my-org/x', { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      reason: 'HEADERS_FAILED',
      registry: registry.url,
    })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  test('interceptors see the headers of every attempt, the outermost interceptor first', async () => {
    const seen: string[] = []
    const watch =
      (name: string): Interceptor =>
      (next) =>
      (request) => {
        seen.push(
          `${name} ${request.method.name} ${request.header.get('x-api-key')} ${request.header.get('authorization')}`,
        )
        return next(request)
      }
    let tries = 0
    const fail: Interceptor = (next) => async (request) => {
      if (++tries === 1) throw new ConnectError('not yet', Code.Unavailable)
      return next(request)
    }
    const interceptors = [watch('outer'), watch('inner'), fail]
    await client({ headers: { 'x-api-key': 'abc' }, token: 'def', interceptors }).get('my-org/x')
    const once = ['outer Get abc Bearer def', 'inner Get abc Bearer def']
    expect(seen).toEqual([...once, ...once])
  })
})

describe('an interceptor', () => {
  test('an interceptor that throws ends the call with its code and its cause', async () => {
    const refuse: Interceptor = () => async () => {
      throw new ConnectError('not today', Code.PermissionDenied)
    }
    await expect(
      node.createRegistryClient({ baseUrl: registry.url, interceptors: [refuse] }).get('my-org/x'),
    ).rejects.toMatchObject({ code: 'permission_denied', cause: { rawMessage: 'not today' } })
    expect(registry.requests).toEqual([])
  })
})

describe('fetch of waypost/web', () => {
  test.for(['connect', 'grpc-web'] as const)(
    'a custom fetch is used instead of the global one over %s',
    async (protocol) => {
      const global = vi.spyOn(globalThis, 'fetch')
      const own = vi.fn<typeof globalThis.fetch>((input, init) => globalThis.fetch(input, init))
      await web.createRegistryClient({ baseUrl: registry.url, protocol, fetch: own }).get('my-org/x')
      expect(own).toHaveBeenCalledOnce()
      expect(global).toHaveBeenCalledOnce()
      await web.createRegistryClient({ baseUrl: registry.url, protocol }).get('my-org/x')
      expect(own).toHaveBeenCalledOnce()
      expect(global).toHaveBeenCalledTimes(2)
      vi.restoreAllMocks()
    },
  )
})

describe('tls of waypost', () => {
  let open: SimpleRegistry
  let mutual: SimpleRegistry

  beforeAll(async () => {
    const own = { cert: pem('server'), key: pem('server-key') }
    open = await startSimpleRegistry(own)
    mutual = await startSimpleRegistry({ ...own, ca, requestCert: true, rejectUnauthorized: true })
  })

  afterAll(async () => {
    await open.close()
    await mutual.close()
  })

  const get = ({ url }: SimpleRegistry, tls?: node.TlsOptions) =>
    node.createRegistryClient({ baseUrl: url, tls, timeoutMs: 500 }).get('my-org/x')

  test('the client reaches a registry with a certificate of the given authority', async () => {
    expect(await get(open, { ca })).toMatchObject({ revisionTag: '1.0.0' })
  })

  test('the client shows its certificate to a registry that requires one', async () => {
    expect(await get(mutual, { ca, cert, key })).toMatchObject({ revisionTag: '1.0.0' })
  })

  test('the client does not reach a registry with a certificate of another authority', async () => {
    await expect(get(open)).rejects.toMatchObject({
      registry: open.url,
      message: expect.stringContaining('certificate'),
    })
    await expect(get(open, { ca: stranger.cert })).rejects.toMatchObject({ registry: open.url })
    expect(open.requests.length, 'only the good call of before arrived').toBeLessThanOrEqual(1)
  })

  test('the client does not reach a registry that requires another client certificate', async () => {
    await expect(get(mutual, { ca })).rejects.toMatchObject({ registry: mutual.url })
    await expect(get(mutual, { ca, ...stranger })).rejects.toMatchObject({ registry: mutual.url })
  })

  test('each of several registries has its own tls settings', async () => {
    const registries = [
      { name: 'a', baseUrl: open.url, tls: { ca } },
      { name: 'b', baseUrl: mutual.url, tls: { ca, cert, key } },
    ]
    const client = node.createRegistryClient({ registries })
    expect(await client.get('my-org/x')).toMatchObject({ revisionTag: '1.0.0' })
    expect(await collect(client.services.listNamespaces({ registry: 'b' }))).toEqual(['a', 'b'])
    await client.close()
  })
})
