import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, expect, test, vi } from 'vitest'
import { createRegistryHandler, openStore } from '../../src/server.ts'
import { sqliteStorage } from '../support/storage.ts'

afterAll(() => trace.disable())

test('a handler inside an app makes spans of its own requests as soon as the app has registered an SDK', async () => {
  const storage = await sqliteStorage()
  const store = await openStore(storage.location)
  const handle = createRegistryHandler({ store })
  const app = createServer((request, response) => {
    handle(request, response, () => void response.end())
  }).listen(0, '127.0.0.1')
  await once(app, 'listening')
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  const exporter = new InMemorySpanExporter()
  const processor = new SimpleSpanProcessor({ exporter })
  const begun = vi.spyOn(processor, 'onStart')
  await (await fetch(`${url}/services/a/b`)).text()
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }))
  await (await fetch(`${url}/services/a/b`)).text()
  await (await fetch(`${url}/a/page/of/the/app`)).text()
  app.close()
  app.closeAllConnections()
  await store.close()
  await storage.remove()
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['GET /services/{namespace}/{name}'])
  // A span that begins and does not end keeps some SDKs from sending its trace.
  expect(begun).toHaveBeenCalledTimes(1)
})
