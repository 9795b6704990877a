import { expect, test } from 'vitest'
import { type MetricsOfWorkers, type MetricsSnapshot, serveMetricsOfWorkers } from '../../../../src/for-workers.ts'
import type { Logger } from '../../../../src/telemetry/logger.ts'
import { parseMetrics, readValue } from '../../../support/metrics-text.ts'
import { end } from '../../../support/processes.ts'
import type { ServeProcess } from '../../../support/serve.ts'
import { sqliteStorage } from '../../../support/storage.ts'
import { linesOf, pidsOf, ready, serveWithWorkers } from '../../../support/workers.ts'

const CALLS = 12

test('the primary process serves the sum of the metrics of all workers, which does not sink if a worker is replaced', async () => {
  const storage = await sqliteStorage()
  const server = await serveWithWorkers(2, ['--store', storage.location, '--metrics-port', '0'])
  for (let call = 0; call < CALLS; call++) {
    await fetch(`${server.url}/services/my-org/my-service`, { headers: { connection: 'close' } })
  }
  expect(await countRequests(server)).toBe(CALLS)
  end(pidsOf(server).get(1) ?? 0)
  await ready(server, 3)
  expect(await countRequests(server)).toBe(CALLS)
  expect(await server.stop()).toBe(0)
  await storage.remove()
})

test('a worker that ends while its metrics are read is counted once', async () => {
  const urls: string[] = []
  const log: Logger = {
    error() {},
    warn() {},
    info: (fields) => void urls.push(String((fields as { url?: string }).url)),
  }
  const calls = {
    name: 'calls_total',
    help: 'Calls.',
    type: 'counter',
    aggregator: 'sum',
    values: [{ labels: {}, value: 5 }],
  }
  const last = [calls] as unknown as MetricsSnapshot
  let served: MetricsOfWorkers | undefined
  const read = async () => {
    served?.keep(last)
    return [last]
  }
  const config = { telemetry: { metrics: { host: '127.0.0.1', port: 0 } }, allowedHosts: [] }
  served = await serveMetricsOfWorkers(config as never, log, read)
  const text = await (await fetch(urls[0] ?? '')).text()
  expect(readValue(parseMetrics(text), 'calls_total', {})).toBe(5)
  await served?.[Symbol.asyncDispose]()
})

async function countRequests(server: ServeProcess): Promise<number | undefined> {
  const serving = linesOf(server).filter(({ msg }) => msg === 'the metrics are served')
  expect(serving).toMatchObject([{ pid: server.child.pid }])
  const text = await (await fetch(String(serving[0]?.url))).text()
  const labels = { http_request_method: 'GET', http_route: '/services/{namespace}/{name}' }
  return readValue(parseMetrics(text), 'http_server_request_duration_seconds_count', labels)
}
