import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createRegistryHandler, openStore } from '../../../src/server.ts'
import { END_HEADERS, encodeFrame, encodeRequest, frameType, GREETING } from '../../support/http2-frames.ts'
import { listeningRegistry } from '../../support/listening-registry.ts'
import { openSocket } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sqliteStorage } from '../../support/storage.ts'

const RPC_PATH = '/waypost.v1.ServiceRegistry/Register'
const REST_PATH = '/services/my-org/cut'
const proto = Buffer.from('\x0a\x06my-org\x12\x03cut\x1a\x051.0.0')
const json = Buffer.from('{"namespace":"my-org","name":"cut","revision_tag":"1.0.0"}')

/** Messages that are whole, in bodies that are not: the client could send more. */
const unfinished: readonly [name: string, headers: Record<string, string>, body: Buffer][] = [
  ['REST', { ':path': REST_PATH }, Buffer.from('{"revision_tag":"1.0.0"}')],
  ['Connect and protobuf', { ':path': RPC_PATH, 'content-type': 'application/proto' }, proto],
  ['Connect and JSON', { ':path': RPC_PATH, 'content-type': 'application/json' }, json],
  ['gRPC', { ':path': RPC_PATH, 'content-type': 'application/grpc', te: 'trailers' }, envelope(proto)],
  ['gRPC-Web', { ':path': RPC_PATH, 'content-type': 'application/grpc-web+proto' }, envelope(proto)],
]

const codes = { NO_ERROR: 0, INTERNAL_ERROR: 2, CANCEL: 8 }

describe.each([
  ['a server', ownServer],
  ['an app on the HTTP/2 server of Node', app],
])('a body whose stream is reset by the client of %s', (_name, start) => {
  let url: string
  let close: () => Promise<void>
  beforeAll(async () => {
    const started = await start()
    close = started.close
    url = `http://127.0.0.1:${started.port}`
  })
  afterAll(() => close())

  test.each(unfinished)(
    'a body whose stream is reset is not taken for a whole one over %s',
    async (name, headers, body) => {
      for (const code of Object.values(codes)) {
        const socket = openSocket(url)
        const head = encodeRequest(1, { ':method': 'POST', ...headers }, END_HEADERS)
        const data = encodeFrame({ type: frameType.data, stream: 1, payload: body })
        const reset = encodeFrame({ type: frameType.rstStream, stream: 1, payload: Buffer.from([0, 0, 0, code]) })
        for (const bytes of [GREETING, Buffer.concat([head, data]), reset]) {
          socket.write(bytes)
          await answerToPing(socket)
        }
        socket.destroy()
      }
      // A registration that had begun would end before this one does.
      const later = { ':path': '/services/my-org/later' }
      expect(await streamExchange(url, later, `{"revision_tag":"${name.replaceAll(' ', '-')}"}`)).toMatchObject({
        status: 201,
      })
      expect(await streamExchange(url, { ':method': 'GET', ':path': REST_PATH }, '')).toMatchObject({ status: 404 })
    },
  )
})

async function answerToPing(socket: Socket): Promise<void> {
  const payload = Buffer.from('a ping 1')
  socket.write(encodeFrame({ type: frameType.ping, payload }))
  for (;;) if ((await once(socket, 'data'))[0].includes(payload)) return
}

function ownServer() {
  return listeningRegistry(defaultLimits)
}

async function app() {
  const storage = await sqliteStorage()
  const store = await openStore(storage.location)
  const server = createServer(createRegistryHandler({ store })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
    await store.close()
    await storage.remove()
  }
  return { port: (server.address() as AddressInfo).port, close }
}
