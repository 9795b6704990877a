import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, expect, test } from 'vitest'
import { createRegistryHandler, openStore } from '../../src/server.ts'
import { sqliteStorage } from '../support/storage.ts'

afterAll(() => trace.disable())

test('a handler inside an app makes spans as soon as the app has registered an SDK', async () => {
  const storage = await sqliteStorage()
  const store = await openStore(storage.location)
  const app = createServer(createRegistryHandler({ store })).listen(0, '127.0.0.1')
  await once(app, 'listening')
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/services/a/b`
  const exporter = new InMemorySpanExporter()
  await (await fetch(url)).text()
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  await (await fetch(url)).text()
  app.close()
  app.closeAllConnections()
  await store.close()
  await storage.remove()
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['GET /services/{namespace}/{name}'])
})
