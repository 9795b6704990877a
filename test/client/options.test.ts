import { describe, expect, test } from 'vitest'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'

const a = { name: 'a', baseUrl: 'http://127.0.0.1:1' }
const at = (baseUrl: unknown) => ({ baseUrl })
const cached = (cache: object) => ({ baseUrl: a.baseUrl, cache })
const NUMBERS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5']

const refused: readonly (readonly [string, unknown])[] = [
  ['no registry', { registries: [] }],
  ['registries that are no list', { registries: 'http://127.0.0.1:1' }],
  ['neither a base URL nor registries', {}],
  ['both', { registries: [a], baseUrl: a.baseUrl }],
  ['a token beside the registries', { registries: [a], token: 'secret' }],
  ['an empty name', { registries: [{ ...a, name: '' }] }],
  ['no name', { registries: [{ baseUrl: a.baseUrl }] }],
  ['two of one name', { registries: [a, { ...a, baseUrl: 'http://127.0.0.1:2' }] }],
  ['one bad URL among good ones', { registries: [a, { name: 'b', baseUrl: '127.0.0.1' }] }],
  ['another scheme', at('ftp://host')],
  ['no scheme', at('127.0.0.1:8080')],
  ['no text', at(undefined)],
  ['a query', at('http://host/?a=1')],
  ['an empty query', at('http://host/?')],
  ['a fragment', at('http://host/#a')],
  ['a user', at('http://user@host')],
  ['a password', at('http://user:secret@host')],
  ['an empty token', { ...a, token: '' }],
  ['a token with a line break', { ...a, token: 'secret\r\nX-Injected: 1' }],
  ['a token with a space', { ...a, token: 'se cret' }],
  ['a token beyond ASCII', { ...a, token: 'sécret' }],
  ['a token that is a number', { ...a, token: 1 }],
  ['a cache without a maxAge', cached({})],
  ['a negative maxAge', cached({ maxAge: -1 })],
  ['an endless maxAge', cached({ maxAge: Number.POSITIVE_INFINITY })],
  ['a negative staleIfError', cached({ maxAge: 1, staleIfError: -1 })],
  ['a cache of nothing', cached({ maxAge: 1, maxEntries: 0 })],
  ['a cache without bounds', cached({ maxAge: 1, maxEntries: Number.POSITIVE_INFINITY })],
  ...NUMBERS.map((timeoutMs) => [`a timeout of ${timeoutMs}`, { ...a, timeoutMs }] as const),
]

describe.for([
  ['waypost', node.createRegistryClient],
  ['waypost/web', web.createRegistryClient],
] as const)('createRegistryClient of %s', ([, create]) => {
  test.for(refused)('refuses %s', ([, options]) => {
    const error = catchError(() => create(options as node.RegistryClientOptions))
    expect(error).toBeInstanceOf(node.RegistryError)
    expect(error).toMatchObject({ code: 'invalid_argument', reason: 'INVALID_REQUEST' })
    expect(String(error), 'nothing of a password or a token is told').not.toMatch(/se ?cret|sécret/)
  })

  test.for([1, 5_000, 2 ** 31 - 1])('takes a timeout of %i ms', (timeoutMs) => {
    expect(() => create({ baseUrl: 'http://127.0.0.1:1', timeoutMs })).not.toThrow()
  })

  test('refuses a timeout of a call, and a registry that is none of its own, before anything is sent', async () => {
    const client = create({ registries: [a, { ...a, name: 'b' }] })
    for (const timeoutMs of NUMBERS as number[]) {
      await expect(client.get('my-org/x', { timeoutMs })).rejects.toMatchObject({ code: 'invalid_argument' })
    }
    await expect(client.register('my-org/x:1', { registry: 'c' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'registry "c" is none of this client\'s: "a", "b".',
    })
  })
})

test('createRegistryClient of waypost/web refuses another protocol', () => {
  const options = { baseUrl: a.baseUrl, protocol: 'grpc' } as unknown as web.WebRegistryClientOptions
  expect(() => web.createRegistryClient(options)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
})

function catchError(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
