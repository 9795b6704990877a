import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRegistryClient, type WebProtocol } from '../../src/client/web.ts'

// The pauses between retries have random lengths. Here they are 0.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0))
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const BASE_URL = 'https://registry.example.com'

/** The error of a lookup if `fetch` behaves like this. */
async function failureWith(fetch: typeof globalThis.fetch, protocol: WebProtocol = 'connect') {
  return createRegistryClient({ baseUrl: BASE_URL, fetch, protocol })
    .get('my-org/my-service')
    .then(String, (error: Error) => error)
}

const failing = async () => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 192.0.2.1:443') })
}

test.for([
  ['of another origin', 'https://app.example.com', true],
  ['of the same origin', BASE_URL, false],
] as const)('a client on a page %s tells that CORS may be the cause only if it can be', async ([, origin, names]) => {
  vi.stubGlobal('location', { origin })
  expect(String(await failureWith(failing)).includes('CORS')).toBe(names)
})

test('a client outside of a browser tells the cause of a failed request, and does not name CORS', async () => {
  expect(await failureWith(failing)).toMatchObject({
    reason: 'REGISTRY_UNREACHABLE',
    message: `registry "${BASE_URL}" cannot be reached (fetch failed: connect ECONNREFUSED 192.0.2.1:443); check its base URL, or try again later.`,
  })
})

test('a failed request that has a cause without a message is described by the code of the cause', async () => {
  const cause = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  const failure = await failureWith(async () => Promise.reject(new TypeError('fetch failed', { cause })))
  expect(String(failure)).toContain('(fetch failed: ECONNREFUSED)')
})

test('a failed TLS handshake is described without the source code of OpenSSL', async () => {
  const text = '40C362390E7F0000:error:0A00042E:SSL routines:ssl3_read_bytes:../deps/openssl/rec_layer_s3.c:918\n'
  const cause = Object.assign(new Error(text), { code: 'EPROTO' })
  const failure = await failureWith(async () => Promise.reject(new TypeError('fetch failed', { cause })))
  expect(String(failure)).toContain('(fetch failed: the TLS handshake failed: EPROTO)')
})

test('a fetch function that throws any error makes the registry unavailable', async () => {
  const failure = await failureWith(async () => Promise.reject(new Error('Network connection lost.')))
  expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('(Network connection lost.)') })
})

test('a redirect whose status the platform hides is an answer that is not from a registry', async () => {
  const hidden = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
  expect(await failureWith(async () => hidden)).toMatchObject({
    reason: 'UNEXPECTED_ANSWER',
    message: expect.stringContaining('(a redirect to another URL)'),
  })
})

test.for([
  ['connect', 'application/json'],
  ['grpc-web', 'application/grpc-web+proto'],
] as const)(
  'a body that is cut off with any error makes the registry unavailable over %s',
  async ([protocol, contentType]) => {
    // Cloudflare Workers reject with this error.
    const cut = () =>
      new ReadableStream({ pull: (controller) => controller.error(new Error('Network connection lost.')) })
    const fetch = async () => new Response(cut(), { headers: { 'content-type': contentType } })
    const failure = await failureWith(fetch, protocol)
    expect(failure).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('(the answer was cut off: Network connection lost.)'),
    })
  },
)
