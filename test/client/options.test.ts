import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'

const a = { name: 'a', baseUrl: 'http://127.0.0.1:1' }
const at = (baseUrl: unknown) => ({ baseUrl })
const cached = (cache: object) => ({ baseUrl: a.baseUrl, cache })
const NUMBERS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5']

const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), 'utf8')
const [ca, cert, key, otherKey] = [pem('ca'), pem('client'), pem('client-key'), pem('stranger-key')]
const secure = (tls: unknown) => ({ baseUrl: 'https://127.0.0.1:1', tls })

/** Options that no client accepts, with the field that the error names. */
const refused: readonly (readonly [string, unknown, field: string])[] = [
  ['no options', undefined, 'options'],
  ['options that are a URL', 'http://127.0.0.1:1', 'options'],
  ['an unknown option', { ...at(a.baseUrl), timeout: 5 }, 'timeout'],
  ['an unknown option of a registry', { registries: [{ ...a, url: 'x' }] }, 'registries[0].url'],
  ['an empty list of registries', { registries: [] }, 'registries'],
  ['registries that are not a list', { registries: 'http://127.0.0.1:1' }, 'registries'],
  ['a registry that is not an object', { registries: ['http://127.0.0.1:1'] }, 'registries[0]'],
  ['neither a base URL nor registries', {}, 'baseUrl'],
  ['both a base URL and registries', { registries: [a], baseUrl: a.baseUrl }, 'baseUrl'],
  ['a token beside the registries', { registries: [a], token: 'secret' }, 'token'],
  ['headers beside the registries', { registries: [a], headers: {} }, 'headers'],
  ['tls beside the registries', { registries: [a], tls: {} }, 'tls'],
  ['a registry with an empty name', { registries: [{ ...a, name: '' }] }, 'registries[0].name'],
  ['a registry without a name', { registries: [{ baseUrl: a.baseUrl }] }, 'registries[0].name'],
  ['two registries with the same name', { registries: [a, { ...a, baseUrl: 'http://127.0.0.1:2' }] }, 'registries'],
  ['one bad URL among good ones', { registries: [a, { name: 'b', baseUrl: '127.0.0.1' }] }, 'registries[1].baseUrl'],
  ['a base URL of another scheme', at('ftp://host'), 'baseUrl'],
  ['a base URL without a scheme', at('127.0.0.1:8080'), 'baseUrl'],
  ['an empty base URL', at(''), 'baseUrl'],
  ['no base URL', at(undefined), 'baseUrl'],
  ['a base URL that is not a string', at(new URL('http://host')), 'baseUrl'],
  ['a base URL with a query', at('http://host/?a=1'), 'baseUrl'],
  ['a base URL with an empty query', at('http://host/?'), 'baseUrl'],
  ['a base URL with a fragment', at('http://host/#a'), 'baseUrl'],
  ['a base URL with a user', at('http://user@host'), 'baseUrl'],
  ['a base URL with a password', at('http://user:secret@host'), 'baseUrl'],
  ['a password in a base URL of another scheme', at('ftp://user:secret@host'), 'baseUrl'],
  ['an empty token', { ...at(a.baseUrl), token: '' }, 'token'],
  ['a token with a line break', { ...at(a.baseUrl), token: 'secret\r\nX-Injected: 1' }, 'token'],
  ['a token with a space', { ...at(a.baseUrl), token: 'se cret' }, 'token'],
  ['a token beyond ASCII', { ...at(a.baseUrl), token: 'sécret' }, 'token'],
  ['a token that is a number', { ...at(a.baseUrl), token: 1 }, 'token'],
  ['a cache that is a boolean', { ...at(a.baseUrl), cache: true }, 'cache'],
  ['a cache without a maxAge', cached({}), 'cache.maxAge'],
  ['a negative maxAge', cached({ maxAge: -1 }), 'cache.maxAge'],
  ['an endless maxAge', cached({ maxAge: Number.POSITIVE_INFINITY }), 'cache.maxAge'],
  ['a maxAge that is a string', cached({ maxAge: '1' }), 'cache.maxAge'],
  ['a negative staleIfError', cached({ maxAge: 1, staleIfError: -1 }), 'cache.staleIfError'],
  ['a cache with no entries', cached({ maxAge: 1, maxEntries: 0 }), 'cache.maxEntries'],
  ['a cache without bounds', cached({ maxAge: 1, maxEntries: Number.POSITIVE_INFINITY }), 'cache.maxEntries'],
  ['an unknown option of the cache', cached({ maxAge: 1, maximum: 1 }), 'cache.maximum'],
  ['headers that are not an object', { ...at(a.baseUrl), headers: 'a: b' }, 'headers'],
  ['headers of fetch', { ...at(a.baseUrl), headers: new Headers() }, 'headers'],
  ['a header that is a number', { ...at(a.baseUrl), headers: { a: 1 } }, 'headers.a'],
  ['a header with a line break', { ...at(a.baseUrl), headers: { a: 'secret\r\nb: c' } }, 'headers.a'],
  ['a header with a bad name', { ...at(a.baseUrl), headers: { 'a b': 'c' } }, 'headers.a b'],
  [
    'a header of the protocol',
    { ...at(a.baseUrl), headers: { 'Connect-Timeout-Ms': '1' } },
    'headers.Connect-Timeout-Ms',
  ],
  ['a content type', { ...at(a.baseUrl), headers: { 'content-type': 'x' } }, 'headers.content-type'],
  ['two credentials', { ...at(a.baseUrl), token: 'a', headers: { authorization: 'b' } }, 'headers.authorization'],
  ['interceptors that are not a list', { ...at(a.baseUrl), interceptors: () => {} }, 'interceptors'],
  ['an interceptor that is not a function', { ...at(a.baseUrl), interceptors: [{}] }, 'interceptors[0]'],
  ...NUMBERS.map((timeoutMs) => [`a timeout of ${timeoutMs}`, { ...at(a.baseUrl), timeoutMs }, 'timeoutMs'] as const),
]

/** Options that every client accepts. */
const allowed: readonly (readonly [string, object])[] = [
  ['one registry', at(a.baseUrl)],
  ['several registries', { registries: [a, { ...a, name: 'b' }] }],
  [
    'options that are undefined',
    { ...at(a.baseUrl), registries: undefined, token: undefined, cache: undefined, tls: undefined },
  ],
  ['a token', { ...at(a.baseUrl), token: 'abc' }],
  ['a token function', { ...at(a.baseUrl), token: async () => 'abc' }],
  ['headers', { ...at(a.baseUrl), headers: { 'X-Api-Key': 'abc', Authorization: 'Basic abc' } }],
  ['a headers function', { ...at(a.baseUrl), headers: () => ({}) }],
  ['interceptors', { ...at(a.baseUrl), interceptors: [(next: unknown) => next] }],
  ['a cache', cached({ maxAge: 0, staleIfError: 0, maxEntries: 1 })],
  ...[1, 5_000, 2 ** 31 - 1].map(
    (timeoutMs) => [`a timeout of ${timeoutMs}`, { ...at(a.baseUrl), timeoutMs }] as const,
  ),
]

describe.for([
  ['waypost', node.createRegistryClient],
  ['waypost/web', web.createRegistryClient],
] as const)('createRegistryClient of %s', ([, create]) => {
  test.for(refused)('createRegistryClient refuses %s', ([, options, field]) => {
    const error = catchError(() => create(options as never))
    expect(error).toBeInstanceOf(node.RegistryError)
    expect(error).toMatchObject({ code: 'invalid_argument', reason: 'INVALID_REQUEST', fieldViolations: [{ field }] })
    expect(String(error), 'nothing of a password, a token or a header is told').not.toMatch(/se ?cret|sécret/)
  })

  test.for(allowed)('createRegistryClient accepts %s', ([, options]) => {
    expect(() => create(options as never)).not.toThrow()
  })

  test('a call refuses an unknown registry before it sends anything', async () => {
    const client = create({ registries: [a, { ...a, name: 'b' }] })
    await expect(client.register('my-org/x:1', { registry: 'c' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'registry "c" is not a registry of this client; use "a" or "b".',
    })
  })
})

describe('createRegistryClient of waypost', () => {
  test('the error for a key of another certificate has the error of OpenSSL as its cause', () => {
    const error = catchError(() => node.createRegistryClient(secure({ cert, key: otherKey }) as never))
    expect(error).toMatchObject({ cause: { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' } })
  })

  test.for([
    ['a file name as ca', secure({ ca: '/etc/ca.pem' }), 'tls.ca'],
    ['an empty ca', secure({ ca: '' }), 'tls.ca'],
    ['a file name as certificate', secure({ cert: '/etc/cert.pem', key }), 'tls.cert'],
    ['a text that is not a key', secure({ cert, key: 'x' }), 'tls.key'],
    ['the key of another certificate', secure({ cert, key: otherKey }), 'tls.key'],
    ['a certificate without a key', secure({ cert }), 'tls'],
    ['a key without a certificate', secure({ key }), 'tls'],
    ['a ca that is a buffer', secure({ ca: Buffer.from(ca) }), 'tls.ca'],
    ['an unknown option of tls', secure({ caFile: 'x' }), 'tls.caFile'],
    ['tls that is not an object', secure(true), 'tls'],
    ['tls for a clear connection', { baseUrl: 'http://127.0.0.1:1', tls: { ca } }, 'tls'],
    ['tls for a clear connection among others', { registries: [{ ...a, tls: { ca } }] }, 'registries[0].tls'],
    ['a bad ca among others', { registries: [a, { name: 'b', ...secure({ ca: 'x' }) }] }, 'registries[1].tls.ca'],
    ['a fetch function', { baseUrl: a.baseUrl, fetch: () => {} }, 'fetch'],
    ['a protocol', { baseUrl: a.baseUrl, protocol: 'connect' }, 'protocol'],
  ] as const)('createRegistryClient for Node refuses %s', ([, options, field]) => {
    const error = catchError(() => node.createRegistryClient(options as never))
    expect(error).toMatchObject({ code: 'invalid_argument', fieldViolations: [{ field }] })
    expect(inspect(error, { depth: null }), 'nothing of a key is told').not.toMatch(/PRIVATE KEY/)
  })

  test.for([
    ['a ca', { ca }],
    ['several authorities', { ca: `${ca}\n${pem('stranger')}` }],
    ['a certificate with its key', { cert, key }],
    ['a ca and a certificate with its key', { ca, cert, key }],
    ['empty tls', {}],
  ] as const)('createRegistryClient for Node accepts %s', ([, tls]) => {
    expect(() => node.createRegistryClient({ baseUrl: 'https://127.0.0.1:1', tls })).not.toThrow()
  })
})

describe('createRegistryClient of waypost/web', () => {
  test.for([
    ['another protocol', { baseUrl: a.baseUrl, protocol: 'grpc' }, 'protocol'],
    ['a fetch that is not a function', { baseUrl: a.baseUrl, fetch: 'fetch' }, 'fetch'],
    ['tls, which a page cannot choose', secure({ ca }), 'tls'],
    ['tls of one of several registries', { registries: [a, { name: 'b', ...secure({ ca }) }] }, 'registries[1].tls'],
  ] as const)('createRegistryClient for browsers refuses %s', ([, options, field]) => {
    const error = catchError(() => web.createRegistryClient(options as never))
    expect(error).toMatchObject({ code: 'invalid_argument', fieldViolations: [{ field }] })
  })

  test.for(['connect', 'grpc-web'] as const)(
    'createRegistryClient for browsers accepts the protocol %s and a fetch function',
    (protocol) => {
      expect(() => web.createRegistryClient({ baseUrl: a.baseUrl, protocol, fetch })).not.toThrow()
    },
  )
})

function catchError(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
