import { afterAll, beforeAll, expect, test } from 'vitest'
import { startInProcess } from '../support/in-process.ts'
import { readValue, type Sample } from '../support/metrics-text.ts'
import { makeEveryKindOfCall, type ObservedServer, startObserved } from '../support/observed-server.ts'
import { exchange } from '../support/raw-http.ts'
import { sqliteStorage } from '../support/storage.ts'

let observed: ObservedServer
let samples: Sample[]

beforeAll(async () => {
  observed = await startObserved()
  await makeEveryKindOfCall(observed.server.url)
  samples = await observed.readSamples()
})

afterAll(() => observed?.[Symbol.asyncDispose]())

const GET = 'waypost.v1.ServiceRegistry/Get'
const REQUESTS = 'http_server_request_duration_seconds_count'
const CALLS = 'rpc_server_call_duration_seconds_count'

test.each([
  ['POST', '/services/{namespace}/{name}', '201'],
  ['GET', '/services/{namespace}/{name}', '200'],
  ['GET', '/services/{namespace}/{name}', '404'],
  ['GET', '', '404'],
])('a request counts by its method, the template of its path and its status: %s %s %s', (method, route, status) => {
  const labels = { http_request_method: method, http_route: route, http_response_status_code: status }
  expect(readValue(samples, REQUESTS, labels)).toBe(1)
})

test('an RPC counts as a request, too, and its answers over gRPC have the status 200', () => {
  const labels = { http_request_method: 'POST', http_route: `/${GET}`, http_response_status_code: '200' }
  expect(readValue(samples, REQUESTS, labels)).toBe(3)
})

test.each([
  ['grpc', 'OK'],
  ['grpc', 'NOT_FOUND'],
  ['connectrpc', 'ok'],
  ['connectrpc', 'not_found'],
])(
  'an RPC counts by its protocol and code, and has no error_type unless the server is at fault: %s %s',
  (system, code) => {
    const labels = { rpc_system_name: system, rpc_method: GET, rpc_status_code: code }
    expect(readValue(samples, CALLS, labels)).toBe(1)
    const found = samples.filter(({ name, labels }) => name === CALLS && labels.rpc_status_code === code)
    expect(found.every(({ labels }) => labels.error_type === undefined)).toBe(true)
  },
)

test('a call whose deadline has passed counts with its code as error_type', () => {
  const labels = { rpc_status_code: 'deadline_exceeded', error_type: 'deadline_exceeded' }
  expect(readValue(samples, CALLS, labels)).toBe(1)
})

test.each([
  ['default', 'found', 1],
  ['default', 'service_not_found', 2],
  ['revision-tag', 'found', 1],
  ['version-range', 'found', 1],
  ['alias', 'alias_not_found', 1],
])('a lookup counts by its rule and outcome over every protocol: %s %s', (rule, outcome, count) => {
  expect(readValue(samples, 'waypost_lookups_total', { rule, outcome })).toBe(count)
})

test('a change counts by its kind', () => {
  expect(readValue(samples, 'waypost_changes_total', { event: 'revision-registered' })).toBe(1)
})

test('the operations of the store and the decisions of the policy are measured', () => {
  expect(readValue(samples, 'waypost_store_duration_seconds_count', { operation: 'append', store: 'sqlite' })).toBe(1)
  expect(readValue(samples, 'waypost_store_duration_seconds_sum', { operation: 'append' })).toBeGreaterThan(0)
  expect(readValue(samples, 'waypost_store_duration_seconds_count', { operation: 'lookup' })).toBeGreaterThan(3)
  expect(readValue(samples, 'waypost_policy_duration_seconds_count')).toBe(1)
})

test('the buckets of a histogram grow, and the last one has all durations', () => {
  const buckets = samples.filter(
    ({ name, labels }) => name === 'waypost_store_duration_seconds_bucket' && labels.operation === 'lookup',
  )
  const values = buckets.map(({ value }) => value)
  expect(buckets.at(-1)?.labels.le).toBe('+Inf')
  expect(values).toEqual(values.toSorted((a, b) => a - b))
  expect(values.at(-1)).toBe(readValue(samples, 'waypost_store_duration_seconds_count', { operation: 'lookup' }))
})

test('the metrics tell the version of Waypost, and about the process and its event loop', () => {
  expect(readValue(samples, 'waypost_build_info', { version: '0.1.0' })).toBe(1)
  expect(readValue(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0)
  expect(readValue(samples, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0)
})

test('the port of the metrics serves /metrics only, for GET and HEAD', async () => {
  const url = observed.server.metricsUrl ?? ''
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  expect((await fetch(url.replace('/metrics', '/services'))).status).toBe(404)
  expect((await fetch(`${observed.server.url}/metrics`)).status).toBe(404)
})

test('a web page cannot read the metrics of its own machine under a name that it controls', async () => {
  const answer = await exchange(observed.server.metricsUrl ?? '', 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n')
  expect(answer.status).toBe(403)
})

test('Prometheus on another machine reads the metrics by their address, whichever hosts the registry serves', async () => {
  const telemetry = { metrics: { host: '0.0.0.0', port: 0 } }
  const storage = await sqliteStorage()
  const server = await startInProcess(storage, { telemetry, allowedHosts: ['registry.example.com'] })
  const answer = await exchange(server.metricsUrl ?? '', 'GET /metrics HTTP/1.1\r\nHost: 10.0.0.5:9464\r\n\r\n')
  expect(answer.status).toBe(200)
  await server.close()
  await storage.remove()
})

test('a server without --metrics-port has no port for metrics', async () => {
  await using silent = await startObserved({ metrics: undefined })
  expect(silent.server.metricsUrl).toBeUndefined()
  expect(silent.lines.map(({ message }) => message)).not.toContain('the metrics are served')
})
