import { expect, test } from 'vitest'
import { exposeMetrics, formatMetrics, type MetricsSnapshot } from '../../src/telemetry/metrics/exposition.ts'
import { ServerMetrics } from '../../src/telemetry/metrics/server-metrics.ts'
import { parseMetrics, readValue } from '../support/metrics-text.ts'

const none = { system: undefined, rpcMethod: undefined, code: 'ok', wireCode: 'OK' }
const answer = { httpMethod: 'GET', route: '/livez', status: 200, ...none }

/** The snapshot of a process that has answered requests, as it arrives in another process. */
async function snapshotOf(counts: { readonly found: number; readonly seconds: readonly number[] }) {
  const metrics = new ServerMetrics()
  metrics.lookups.at('default', 'found').value += counts.found
  for (const seconds of counts.seconds) metrics.count(answer, seconds)
  return JSON.parse(JSON.stringify(await exposeMetrics(metrics, '1.0.0')()))
}

test('the metrics of several processes are added up', async () => {
  const first = await snapshotOf({ found: 2, seconds: [0.0004, 0.3] })
  const second = await snapshotOf({ found: 3, seconds: [0.0004] })
  const samples = parseMetrics(await formatMetrics([first, second]))
  const name = 'http_server_request_duration_seconds'
  expect(readValue(samples, 'waypost_lookups_total', { rule: 'default', outcome: 'found' })).toBe(5)
  expect(readValue(samples, `${name}_bucket`, { le: '0.00025' })).toBe(0)
  expect(readValue(samples, `${name}_bucket`, { le: '0.0005' })).toBe(2)
  expect(readValue(samples, `${name}_bucket`, { le: '+Inf' })).toBe(3)
  expect(readValue(samples, `${name}_sum`)).toBeCloseTo(0.3008)
  expect(readValue(samples, 'waypost_build_info')).toBe(1)
})

test('a series that only one of several processes has is kept', async () => {
  const samples = parseMetrics(
    await formatMetrics([await snapshotOf({ found: 0, seconds: [] }), await snapshotOf({ found: 1, seconds: [1] })]),
  )
  expect(readValue(samples, 'http_server_request_duration_seconds_count', { http_route: '/livez' })).toBe(1)
})

test('the delay of the event loop of several processes is the longest of them', async () => {
  const delays = [0.4, 0.1].map(async (delay) => {
    const snapshot = (await snapshotOf({ found: 0, seconds: [] })) as MetricsSnapshot
    return snapshot.map((metric) =>
      metric.name === 'nodejs_eventloop_lag_p99_seconds'
        ? { ...metric, values: [{ value: delay, labels: {} }] }
        : metric,
    )
  })
  const samples = parseMetrics(await formatMetrics(await Promise.all(delays)))
  expect(readValue(samples, 'nodejs_eventloop_lag_p99_seconds')).toBe(0.4)
})

test('the metrics of one process include those that have no sum', async () => {
  const samples = parseMetrics(await formatMetrics([await snapshotOf({ found: 1, seconds: [] })]))
  expect(readValue(samples, 'process_start_time_seconds')).toBeGreaterThan(0)
})

test.each([
  [0, '0.0001'],
  [0.0001, '0.0001'],
  [0.00011, '0.00025'],
  [10, '10'],
  [10.1, '+Inf'],
])('a duration of %d s belongs to the bucket %s', async (seconds, bucket) => {
  const samples = parseMetrics(await formatMetrics([await snapshotOf({ found: 0, seconds: [seconds] })]))
  const buckets = samples.filter(({ name }) => name === 'http_server_request_duration_seconds_bucket')
  expect(buckets.find(({ value }) => value === 1)?.labels.le).toBe(bucket)
})
