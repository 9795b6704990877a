import { trace } from '@opentelemetry/api'
import { beforeAll, expect, test } from 'vitest'
import { callConnect, grpcClient, startObserved } from '../support/observed-server.ts'
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const GET = 'waypost.v1.ServiceRegistry/Get'
const SERVER = 2
const FAILED = 2

let receiver: OtlpReceiver
let port: number

// The server sends its last spans when it stops, so the calls come first.
beforeAll(async () => {
  receiver = await startOtlpReceiver()
  const observed = await startObserved({ accessLog: true, otlpEndpoint: receiver.endpoint })
  const { url } = observed.server
  port = Number(new URL(url).port)
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` }
  const register = { method: 'POST', body: '{"revision_tag": "1.2.9"}' }
  await (await fetch(`${url}/services/my-org/my-service`, register)).text()
  await (await fetch(`${url}/services/my-org/my-service?revision_tag=1.2.9`, { headers })).text()
  await (await fetch(`${url}/no/such/path`)).text()
  await grpcClient(url).get({ namespace: 'my-org', name: 'my-service' }, { headers })
  await grpcClient(url)
    .get({ namespace: 'my-org', name: 'nothing' })
    .catch(() => {})
  await (await callConnect(url, 'Get', { namespace: 'a', name: 'b' }, { 'connect-timeout-ms': '0' })).text()
  await (await fetch(`${url}/livez`, { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } })).text()
  lines = observed.lines.map(({ fields }) => fields)
  await observed[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

let lines: readonly object[]

function spansNamed(name: string): ReceivedSpan[] {
  return receiver.spans.filter((span) => span.name === name)
}

test('a request over REST has one span with the name of its method and route, and its parent is that of traceparent', () => {
  const [span, ...others] = spansNamed('GET /services/{namespace}/{name}')
  expect(others).toEqual([])
  expect(span).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, kind: SERVER })
  expect(span?.attributes).toEqual({
    'http.request.method': 'GET',
    'http.route': '/services/{namespace}/{name}',
    'http.response.status_code': 200,
    // The query may have a targeting key.
    'url.path': '/services/my-org/my-service',
    'url.scheme': 'http',
    'server.address': '127.0.0.1',
    'server.port': port,
  })
})

test('a request without traceparent begins a new trace', () => {
  const [span] = spansNamed('POST /services/{namespace}/{name}')
  expect(span?.parentSpanId ?? '').toBe('')
  expect(span?.traceId).not.toBe(TRACE)
})

test('a call over gRPC has one span with the name of its method, and its parent is that of traceparent', () => {
  const [span, ...others] = spansNamed(GET).filter(({ traceId }) => traceId === TRACE)
  expect(others).toEqual([])
  expect(span).toMatchObject({ parentSpanId: PARENT, kind: SERVER })
  expect(span?.attributes).toMatchObject({ 'rpc.system.name': 'grpc', 'rpc.method': GET, 'rpc.status_code': 'OK' })
})

test('the span of a call that its caller is at fault for has no error', () => {
  const [span] = spansNamed(GET).filter(({ attributes }) => attributes['rpc.status_code'] === 'NOT_FOUND')
  expect(span?.status.code ?? 0).toBe(0)
  expect(span?.attributes).not.toHaveProperty('error.type')
})

test('the span of a call that the server is at fault for has an error', () => {
  const [span] = spansNamed(GET).filter(({ attributes }) => attributes['rpc.system.name'] === 'connectrpc')
  expect(span?.status.code).toBe(FAILED)
  expect(span?.attributes).toMatchObject({ 'rpc.status_code': 'deadline_exceeded', 'error.type': 'deadline_exceeded' })
})

test('a request to an unknown path has a span without a route', () => {
  const [span] = receiver.spans.filter(({ attributes }) => attributes['http.response.status_code'] === 404)
  expect(span?.name).toBe('GET')
  expect(span?.attributes).not.toHaveProperty('http.route')
})

test('a request whose traceparent says that its trace is not recorded has no span', () => {
  expect(spansNamed('GET /livez')).toEqual([])
})

test('the spans tell which service sent them, and its version', () => {
  expect(receiver.resources[0]).toMatchObject({ 'service.name': 'waypost', 'service.version': '0.1.0' })
})

test('the access log has the ids of the traces', () => {
  const ids = lines.flatMap((fields) => ('traceId' in fields ? [fields.traceId] : []))
  for (const { traceId } of receiver.spans) expect(ids).toContain(traceId)
})

test('after the server has stopped, the process has no SDK any longer', () => {
  expect(trace.getTracer('test').startSpan('test').isRecording()).toBe(false)
})
