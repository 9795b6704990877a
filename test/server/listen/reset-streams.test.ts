import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import {
  END_HEADERS,
  encodeFrame,
  encodeRequest,
  frameType,
  GREETING,
  writeUntilClosed,
} from '../../support/http2-frames.ts'
import { type ListeningRegistry, listeningRegistry } from '../../support/listening-registry.ts'
import { exchange, openSocket } from '../../support/raw-http.ts'

let server: ListeningRegistry
beforeAll(async () => {
  server = await listeningRegistry(defaultLimits)
})
afterAll(() => server.close())

const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }
const requests = {
  'a registration over REST': { ':method': 'POST', ':path': '/services/my-org/my-service' },
  'a registration over Connect': {
    ...{ ':method': 'POST', ':path': '/waypost.v1.ServiceRegistry/Register' },
    'content-type': 'application/json',
  },
  'a lookup over gRPC': { ...grpc, ':path': '/waypost.v1.ServiceRegistry/Get' },
  'a watch over gRPC': { ...grpc, ':path': '/grpc.health.v1.Health/Watch' },
  'a request to a path that reads no body': { ':method': 'POST', ':path': '/livez' },
}
const codes = { NO_ERROR: 0, PROTOCOL_ERROR: 1, INTERNAL_ERROR: 2, CANCEL: 8, 'an unknown code': 99 }
const cases = Object.keys(requests).flatMap((name) => Object.keys(codes).map((code) => ({ name, code })))

test.each(cases)(
  '$name that is reset with $code in the middle of its body harms nobody else',
  async ({ name, code }) => {
    const head = encodeRequest(1, requests[name as keyof typeof requests], END_HEADERS)
    const data = encodeFrame({ type: frameType.data, stream: 1, payload: Buffer.from('{') })
    const payload = Buffer.from([0, 0, 0, codes[code as keyof typeof codes]])
    const reset = encodeFrame({ type: frameType.rstStream, stream: 1, payload })
    const url = `http://127.0.0.1:${server.port}`
    const inOnePacket = [Buffer.concat([GREETING, head, data, reset])]
    const oneByOne = [GREETING, Buffer.concat([head, data]), reset]
    for (const pieces of [inOnePacket, oneByOne]) {
      const socket = openSocket(url)
      await writeUntilClosed(socket, thenClosed(pieces, socket), { waitFor: 'ping' })
      // An error that nobody listens for would end the process, and fail this test.
      expect(await exchange(url, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({ status: 200 })
    }
  },
)

// The client closes the connection once the server has read all pieces.
function* thenClosed(pieces: readonly Buffer[], socket: Socket): Generator<Buffer> {
  yield* pieces
  socket.destroy()
}
