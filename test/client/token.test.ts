import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createRegistryClient, type IssuedToken, RegistryError, type TokenFunction } from '../../src/client/index.ts'
import { eventually } from '../support/eventually.ts'
import { answer, type GatedRegistry, silent, startGatedRegistry } from '../support/gated-registry.ts'

const HOUR_MS = 3_600_000

let registry: GatedRegistry

beforeAll(async () => {
  registry = await startGatedRegistry()
  await client().register('my-org/x:1.0.0')
  registry.reset()
})

afterEach(() => {
  vi.restoreAllMocks()
  registry.reset()
})

afterAll(() => registry.close())

const client = (token?: string | TokenFunction) => createRegistryClient({ baseUrl: registry.url, token })
const sent = () => registry.requests.map(({ headers }) => headers.authorization)

test('a token that is a string is sent with every call', async () => {
  await client('abc').get('my-org/x')
  await client('abc').register('my-org/x:1.0.0')
  expect(sent()).toEqual(['Bearer abc', 'Bearer abc'])
})

test('a client without a token sends none', async () => {
  await client().get('my-org/x')
  expect(sent()).toEqual([undefined])
})

test('each of several registries gets its own token', async () => {
  const other = await startGatedRegistry()
  const registries = [
    { name: 'a', baseUrl: other.url, token: 'for-a' },
    { name: 'b', baseUrl: registry.url, token: async () => 'for-b' },
  ]
  await createRegistryClient({ registries }).get('my-org/x')
  expect([other.requests[0]?.headers.authorization, ...sent()]).toEqual(['Bearer for-a', 'Bearer for-b'])
  await other.close()
})

test('a token without an end is fetched once', async () => {
  const fetchToken = vi.fn(async () => 'opaque')
  const calls = client(fetchToken)
  await calls.get('my-org/x')
  await calls.get('my-org/x')
  expect(fetchToken).toHaveBeenCalledOnce()
  expect(sent()).toEqual(['Bearer opaque', 'Bearer opaque'])
})

test('concurrent calls fetch one token', async () => {
  const fetchToken = vi.fn(async () => 'opaque')
  const calls = client(fetchToken)
  await Promise.all(Array.from({ length: 5 }, () => calls.get('my-org/x')))
  expect(fetchToken).toHaveBeenCalledOnce()
})

test.for([
  ['the exp claim of a JWT', (ends: number) => jwt({ sub: 'ä~?', exp: ends / 1_000 })],
  ['expiresAt', (ends: number) => ({ token: 'opaque', expiresAt: ends })],
  ['expiresAt rather than the exp claim', (ends: number) => ({ token: jwt({ exp: 1 }), expiresAt: ends })],
] as const)('a token is fetched again 30 seconds before its end, which is known from %s', async ([, issue]) => {
  const now = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000)
  const fetchToken = vi.fn<() => Promise<string | IssuedToken>>(async () => issue(Date.now() + HOUR_MS))
  const calls = client(fetchToken)
  const fetchedAfter = async (ms: number) => {
    now.mockReturnValue(1_700_000_000_000 + ms)
    await calls.get('my-org/x')
    return fetchToken.mock.calls.length
  }
  expect(await fetchedAfter(0)).toBe(1)
  expect(await fetchedAfter(HOUR_MS - 30_001)).toBe(1)
  expect(await fetchedAfter(HOUR_MS - 30_000)).toBe(2)
})

test.for(['a.b', 'a.b.c', 'a.!!.c', 'a.bnVsbA.c', 'a.eyJleHAiOiIxIn0.c'])(
  'the token %s, which only looks like a JWT, is kept like any other',
  async (token) => {
    const fetchToken = vi.fn(async () => token)
    const calls = client(fetchToken)
    await calls.get('my-org/x')
    await calls.get('my-org/x')
    expect(fetchToken).toHaveBeenCalledOnce()
  },
)

test('a refused token is fetched again once, and the call succeeds', async () => {
  let count = 0
  const calls = client(async () => `token-${++count}`)
  await calls.get('my-org/x')
  registry.setGate((request, response, pass) => {
    if (request.headers.authorization === 'Bearer token-1') answer(401)(request, response, pass)
    else pass()
  })
  await calls.get('my-org/x')
  await calls.get('my-org/x')
  expect(sent()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2', 'Bearer token-2'])
})

test('a token that is refused twice ends the call, and the next call fetches a new one', async () => {
  let count = 0
  const calls = client(async () => `token-${++count}`)
  registry.setGate(answer(401))
  await expect(calls.get('my-org/x')).rejects.toMatchObject({ code: 'unauthenticated', registry: registry.url })
  expect(sent()).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('a refused token that is a string is not sent again', async () => {
  registry.setGate(answer(401))
  await expect(client('abc').get('my-org/x')).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(sent()).toEqual(['Bearer abc'])
})

test('a token function that fails causes an error with the registry, and the next call asks again', async () => {
  const cause = new Error('no metadata server')
  const fetchToken = vi.fn<TokenFunction>().mockRejectedValueOnce(cause).mockResolvedValue('abc')
  const calls = client(fetchToken)
  const error = await calls.get('my-org/x').catch((caught) => caught)
  expect(error).toBeInstanceOf(RegistryError)
  expect(error).toMatchObject({ code: 'unauthenticated', reason: 'TOKEN_FAILED', registry: registry.url, cause })
  expect(error.message).toContain(registry.url)
  expect(registry.requests, 'nothing is sent without it').toEqual([])
  await calls.get('my-org/x')
})

test.for([
  ['a line break', 'secret\r\nX-Injected: 1'],
  ['a space', 'secret secret'],
  ['a letter that is not ASCII', 'secrét'],
  ['an empty string', ''],
  ['undefined', undefined],
  ['null', null],
  ['an object without a token', {}],
  ['an end that is not a number', { token: 'secret', expiresAt: new Date() }],
  ['an end that is NaN', { token: 'secret', expiresAt: Number.NaN }],
])('a token function that returns %s causes an error, and nothing is sent', async ([, issued]) => {
  const error = await client(async () => issued as string)
    .get('my-org/x')
    .catch((caught) => caught)
  expect(error).toMatchObject({ code: 'unauthenticated', reason: 'TOKEN_FAILED' })
  expect(inspect(error, { depth: null })).not.toContain('secr')
  expect(registry.requests).toEqual([])
})

test.for([401, 403, 500, 503])('the error for the status %i does not contain the token', async (status) => {
  registry.setGate(answer(status))
  const error = await client(async () => 'very-secret')
    .get('my-org/x')
    .catch((caught) => caught)
  expect(sent()[0]).toBe('Bearer very-secret')
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain('very-secret')
})

test('a call that gives up does not end the fetch of the token for other calls', async () => {
  const { fetchToken, give, signals } = slowToken()
  const calls = client(fetchToken)
  const controller = new AbortController()
  const impatient = calls.get('my-org/x', { signal: controller.signal })
  const hasty = calls.get('my-org/x', { timeoutMs: 20 })
  const patient = calls.get('my-org/x')
  await expect(hasty).rejects.toMatchObject({ code: 'deadline_exceeded', registry: registry.url })
  controller.abort()
  await expect(impatient).rejects.toMatchObject({ code: 'canceled' })
  give('abc')
  expect(await patient).toMatchObject({ revisionTag: '1.0.0' })
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
})

test.for([
  ['without a cache', undefined],
  ['with a cache', { maxAge: HOUR_MS }],
] as const)(
  'a token function that never answers is the fault in the error, and not the registry, %s',
  async ([, cache]) => {
    const calls = createRegistryClient({ baseUrl: registry.url, token: () => new Promise(() => {}), cache })
    await expect(calls.get('my-org/x', { timeoutMs: 20 })).rejects.toMatchObject({
      ...{ code: 'deadline_exceeded', reason: 'TOKEN_FAILED', registry: registry.url },
      message:
        `the token function for registry "${registry.url}" gave no token within 20 ms; ` +
        'try again later, or give the call more time.',
    })
  },
)

test('a registry that never answers is the fault in the error, although there was a token function', async () => {
  registry.setGate(silent)
  const error = await client(async () => 'abc')
    .get('my-org/x', { timeoutMs: 100 })
    .catch((caught) => caught)
  expect(error).toMatchObject({ code: 'deadline_exceeded', reason: 'REGISTRY_UNREACHABLE', registry: registry.url })
  expect(sent()).toEqual(['Bearer abc'])
})

test('calls that shared a token continue separately, and each error names its own registry', async () => {
  const other = await startGatedRegistry()
  other.setGate(silent)
  registry.setGate((request, response, pass) => {
    if (registry.requests.length === 1) pass()
    else silent(request, response, pass)
  })
  const { fetchToken, give } = slowToken()
  const registries = [
    { name: 'a', baseUrl: registry.url, token: fetchToken },
    { name: 'b', baseUrl: other.url },
  ]
  const calls = createRegistryClient({ registries, timeoutMs: 2_000 })
  const failed = Promise.all([0, 1].map(() => calls.get('my-org/nothing').catch(({ registry: name }) => name)))
  give('abc')
  expect((await failed).sort(), 'one has moved on to b').toEqual(['a', 'b'])
  await other.close()
})

test('the fetch of a token is aborted when its last call gives up, and the next call starts another', async () => {
  const { fetchToken, give, signals } = slowToken()
  const calls = client(fetchToken)
  await expect(calls.get('my-org/x', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'deadline_exceeded' })
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  const next = calls.get('my-org/x')
  await eventually('it is asked again', async () => signals.length === 2)
  give('abc')
  expect(await next).toMatchObject({ revisionTag: '1.0.0' })
})

/** A token function that answers when the test resolves it. */
function slowToken() {
  const signals: AbortSignal[] = []
  let give: (token: string) => void = () => {}
  const fetchToken: TokenFunction = ({ signal }) => {
    signals.push(signal)
    return new Promise((resolve) => {
      give = resolve
    })
  }
  return { fetchToken, signals, give: (token: string) => give(token) }
}

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.c2lnbmF0dXJl`
}
