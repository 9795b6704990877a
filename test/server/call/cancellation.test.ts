import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createListener } from '../../../src/server/listen/listener.ts'
import { createRegistryHandler } from '../../../src/server.ts'
import type { Store } from '../../../src/store/store.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { startInProcess } from '../../support/in-process.ts'
import { type NodeHandler, onNode } from '../../support/node-handler.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const service = parseServiceId('my-org', 'my-service')
const registration = { ...service, revisionTag: '1.2.9' }

/** How far the call has come on the server. */
class Progress {
  /** The default policy was asked, and does not answer before `decision`. */
  readonly asked = Promise.withResolvers<void>()
  readonly decision = Promise.withResolvers<boolean>()
  /** The server knows that the caller is gone. */
  readonly gone = Promise.withResolvers<void>()
}

interface Client {
  /** Registers a revision until the signal aborts. Rejects if it does, or with the server's refusal. */
  register(signal: AbortSignal): Promise<unknown>
}

const overTransport = (transport: Transport): Client => ({
  register: (signal) => createClient(ServiceRegistry, transport).register(registration, { signal }),
})

function overRest(url: string): Client {
  return {
    register: (signal) =>
      new Promise((resolve, reject) => {
        const request = httpRequest(`${url}/services/my-org/my-service`, { method: 'POST', signal, agent: false })
        request.on('error', reject).on('response', (response) => response.resume().on('end', resolve))
        request.end(JSON.stringify({ revision_tag: '1.2.9' }))
      }),
  }
}

const clients: Readonly<Record<string, (url: string) => Client>> = {
  'Connect over HTTP/1.1': (baseUrl) => overTransport(createConnectTransport({ baseUrl, httpVersion: '1.1' })),
  'Connect over HTTP/2': (baseUrl) => overTransport(createConnectTransport({ baseUrl, httpVersion: '2' })),
  gRPC: (baseUrl) => overTransport(createGrpcTransport({ baseUrl })),
  'gRPC-Web over HTTP/1.1': (baseUrl) => overTransport(createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
  'gRPC-Web over HTTP/2': (baseUrl) => overTransport(createGrpcWebTransport({ baseUrl, httpVersion: '2' })),
  REST: overRest,
}

describe('a call whose caller is gone', () => {
  let storage: Storage
  let store: Store
  let progress: Progress
  let url: string
  let close: (graceMs: number) => Promise<void>

  beforeEach(async () => {
    storage = await sqliteStorage()
    store = await openStore(parseStore(storage.location))
    progress = new Progress()
    const defaultPolicy = () => {
      progress.asked.resolve()
      return progress.decision.promise
    }
    const handler = createRegistryHandler({ store, defaultPolicy, policyTimeLimitMs: 300_000 })
    const watching: NodeHandler = (request, response) => {
      response.once('close', () => progress.gone.resolve())
      handler(request, response)
    }
    const listener = createListener(onNode(watching), { limits: defaultLimits, log: silentLogger })
    const { port } = await listener.listen('127.0.0.1', 0)
    url = `http://127.0.0.1:${port}`
    close = (graceMs) => listener.close(graceMs)
  })

  afterEach(async () => {
    progress.decision.resolve(true)
    await close(0)
    await store.close()
    await storage.remove()
  })

  /** The head of the service after the server has finished all work that follows the answer of the policy. */
  const headAfterDecision = async () => {
    await progress.gone.promise
    progress.decision.resolve(true)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    return store.readHead(service)
  }

  test.for(Object.entries(clients))(
    'a Register call over %s that the client cancels is not appended',
    async ([, open]) => {
      const controller = new AbortController()
      const outcome = settled(open(url).register(controller.signal))
      await progress.asked.promise
      controller.abort()
      expect(await outcome).toBe('rejected')
      expect(await headAfterDecision()).toBeNull()
    },
  )

  test('a Register call over gRPC whose deadline passes is not appended', async () => {
    const client = createClient(ServiceRegistry, createGrpcTransport({ baseUrl: url }))
    const call = client.register(registration, { timeoutMs: 300 })
    const error = await call.catch((cause: unknown) => ConnectError.from(cause))
    expect(error).toMatchObject({ code: Code.DeadlineExceeded })
    await progress.asked.promise
    expect(await headAfterDecision()).toBeNull()
  })

  test('a Register call is not appended after the grace period of a stopping server', async () => {
    const outcome = settled(overRest(url).register(new AbortController().signal))
    await progress.asked.promise
    await close(50)
    expect(await outcome).toBe('rejected')
    expect(await headAfterDecision()).toBeNull()
  })

  test('a Register call is appended and answered within the grace period of a stopping server', async () => {
    const call = overRest(url).register(new AbortController().signal)
    await progress.asked.promise
    const closing = close(10_000)
    progress.decision.resolve(true)
    await call
    await closing
    expect((await store.readHead(service))?.generation).toBe(1)
  })
})

test('a client that ends only its sending side of the connection gets its answer', async () => {
  const storage = await sqliteStorage()
  const server = await startInProcess(storage)
  const { port } = new URL(server.url)
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
  const body = '{"revision_tag":"1.2.9"}'
  socket.end(`POST /services/my-org/my-service HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  // A late answer comes after interim responses, which probe whether the client is still there.
  expect(await text(socket)).toMatch(/^(HTTP\/1\.1 102 Processing\r\n\r\n)*HTTP\/1\.1 201 /)
  await server.close()
  await storage.remove()
})

async function settled(call: Promise<unknown>): Promise<'answered' | 'rejected'> {
  return call.then(
    () => 'answered',
    () => 'rejected',
  )
}
