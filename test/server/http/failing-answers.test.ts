import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerFailure } from '../../../src/server/http/answer-failure.ts'
import { drain } from '../../../src/server/http/body/drain.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createRegistryHandler, openStore, type Store } from '../../../src/server.ts'
import { Observation } from '../../../src/telemetry/requests/observation.ts'
import { MemoryExchange } from '../../support/memory-exchange.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { sendJson } from '../../support/send-json.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const { log, lines } = recordingLogger()
let storage: Storage
let store: Store
let url: string

// A middleware of the app may fail when the answer begins.
const app = createServer((request, response) => {
  response.writeHead = () => {
    throw new Error('the middleware failed')
  }
  createRegistryHandler({ store, log })(request, response)
})

beforeAll(async () => {
  storage = await sqliteStorage()
  store = await openStore(storage.location)
  await once(app.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
})
afterAll(async () => {
  app.close()
  await store.close()
  await storage.remove()
})
beforeEach(() => {
  ;(lines as unknown[]).length = 0
})

const rpc = '/waypost.v1.ServiceRegistry/Get?connect=v1&encoding=json&message=%7B%7D'

test.each(['/services', '/services/my-org/my-service', rpc, '/readyz', '/livez', '/openapi.json'])(
  'if an answer to %s cannot be sent, the connection ends, and the log says why',
  async (path) => {
    await expect(sendJson(url, path)).rejects.toThrow('socket hang up')
    expect(lines).toMatchObject([{ level: 'error', fields: { err: { message: 'the middleware failed' } } }])
  },
)

test('a request that the server failed to handle is observed as a failure', () => {
  const exchange = new MemoryExchange({})
  const sinks = { metrics: undefined, accessLog: undefined, scheme: 'http' } as const
  const observation = new Observation(sinks, exchange, undefined)
  answerFailure(Object.assign(exchange, { observation }), new Error('a defect'), { log })
  expect(observation).toMatchObject({ code: 'internal', reason: 'INTERNAL' })
})

test('nothing is read after the answer to a request without a body', () => {
  const exchange = new MemoryExchange({})
  drain(exchange, defaultLimits)
  expect(exchange.source.readableFlowing).toBeNull()
})
