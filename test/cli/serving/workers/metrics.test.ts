import { expect, test } from 'vitest'
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

async function countRequests(server: ServeProcess): Promise<number | undefined> {
  const serving = linesOf(server).filter(({ msg }) => msg === 'the metrics are served')
  expect(serving).toMatchObject([{ pid: server.child.pid }])
  const text = await (await fetch(String(serving[0]?.url))).text()
  const labels = { http_request_method: 'GET', http_route: '/services/{namespace}/{name}' }
  return readValue(parseMetrics(text), 'http_server_request_duration_seconds_count', labels)
}
