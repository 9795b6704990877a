import { afterAll, beforeAll, expect, test } from 'vitest'
import { callConnect, grpcClient, type ObservedServer, startObserved } from '../support/observed-server.ts'
import { streamExchange } from '../support/raw-http2.ts'

let observed: ObservedServer

beforeAll(async () => {
  observed = await startObserved({ metrics: undefined, accessLog: true })
  const { url } = observed.server
  await (await fetch(`${url}/services/my-org/my-service`, { method: 'POST', body: '{"revision_tag": "1.2.9"}' })).text()
})

afterAll(() => observed?.[Symbol.asyncDispose]())

/** The facts of the lines that a call causes. */
async function linesOf(call: (url: string) => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const before = observed.lines.length
  await call(observed.server.url)
  return observed.lines.slice(before).map(({ level, message, fields }) => ({ level, message, ...fields }))
}

const read = async (url: string, init?: RequestInit) => (await fetch(url, init)).text()

test('a request has one line with its route, its status and its size, and without its path', async () => {
  const lines = await linesOf((url) => read(`${url}/services/my-org/my-service?revision_tag=1.2.9`))
  expect(lines).toEqual([
    {
      ...{ level: 'info', message: 'answered a request', method: 'GET', route: '/services/{namespace}/{name}' },
      ...{ status: 200, ms: expect.any(Number), bytes: 83, principal: 'anonymous', traceId: undefined },
    },
  ])
})

test('an RPC has its method and its code in its line', async () => {
  const get = { namespace: 'my-org', name: 'nothing' }
  const [connect] = await linesOf((url) => callConnect(url, 'Get', get).then((answer) => answer.text()))
  expect(connect).toMatchObject({ rpc: 'waypost.v1.ServiceRegistry/Get', code: 'not_found', status: 404 })
  const [grpc] = await linesOf((url) =>
    grpcClient(url)
      .get(get)
      .catch(() => {}),
  )
  expect(grpc).toMatchObject({ rpc: 'waypost.v1.ServiceRegistry/Get', code: 'NOT_FOUND', status: 200 })
})

test('a refused request has a line, too', async () => {
  const [unknown] = await linesOf((url) => read(`${url}/no/such/path`))
  expect(unknown).toMatchObject({ method: 'GET', route: '', status: 404 })
  const [wrongMethod] = await linesOf((url) => read(`${url}/services/a/b`, { method: 'PUT' }))
  expect(wrongMethod).toMatchObject({ method: 'PUT', route: '/services/{namespace}/{name}', status: 405 })
})

test('the line of a call that is refused for its origin names its caller as unknown', async () => {
  const headers = { origin: 'https://evil.example' }
  const [line] = await linesOf((url) => read(`${url}/services/a/b`, { method: 'POST', body: '{}', headers }))
  expect(line).toMatchObject({ status: 403, principal: undefined })
})

test('an answer to HEAD has no bytes', async () => {
  const [line] = await linesOf((url) => read(`${url}/services/my-org/my-service`, { method: 'HEAD' }))
  expect(line).toMatchObject({ status: 200, bytes: 0 })
})

test('the line has the id of the trace in the header traceparent', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const [line] = await linesOf((url) => read(`${url}/livez`, { headers: { traceparent } }))
  expect(line).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c' })
  const [invalid] = await linesOf((url) => read(`${url}/livez`, { headers: { traceparent: 'my-secret' } }))
  expect(invalid).toMatchObject({ traceId: undefined })
})

test.for([
  ['with a trace id of zeros', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
  ['with a span id of zeros', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
  ['of the forbidden version', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['of version 00 with more parts', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x'],
] as const)('a traceparent %s names no trace', async ([, traceparent]) => {
  const [line] = await linesOf((url) => read(`${url}/livez`, { headers: { traceparent } }))
  expect(line).toMatchObject({ traceId: undefined })
})

test('a method that HTTP does not have is not written into the line, because it may have any length', async () => {
  const [line] = await linesOf((url) => streamExchange(url, { ':method': 'A'.repeat(1_000), ':path': '/livez' }, ''))
  expect(line).toMatchObject({ method: '_OTHER' })
})

test('no line has a token, a query, a name or a part of a body', async () => {
  const secret = 'a-secret-text'
  // It is not the same text, because the store has the names.
  const token = 'the-token-of-a-caller'
  const headers = { authorization: `Bearer ${token}`, cookie: secret, 'x-api-key': secret }
  const lines = await linesOf(async (url) => {
    await read(`${url}/services/${secret}/${secret}?revision_tag=${secret}`, { headers })
    await read(`${url}/services/${secret}/b`, { method: 'POST', headers, body: `{"revision_tag": "${secret}"}` })
    await read(`${url}/${secret}`, { method: 'DELETE', headers })
    await (await callConnect(url, 'Register', { namespace: secret, name: secret, revisionTag: secret }, headers)).text()
  })
  expect(lines).toHaveLength(4)
  for (const text of [secret, token]) expect(JSON.stringify(lines)).not.toContain(text)
})

test('a server without --access-log writes no line for a request', async () => {
  await using silent = await startObserved()
  await read(`${silent.server.url}/livez`)
  expect(silent.lines.map(({ message }) => message)).not.toContain('answered a request')
})
