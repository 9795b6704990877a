import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RunningServer } from '../../../../src/start-server.ts'
import { END_HEADERS, encodeFrame, encodeRequest, frameType, GREETING } from '../../../support/http2-frames.ts'
import { startInProcess } from '../../../support/in-process.ts'
import { openSocket } from '../../../support/raw-http.ts'
import { envelope } from '../../../support/raw-http2.ts'
import { recordingLogger } from '../../../support/recording-logger.ts'
import { type Storage, sqliteStorage } from '../../../support/storage.ts'

let storage: Storage
let server: RunningServer
const { log, lines } = recordingLogger()

beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage, { log })
})
afterAll(async () => {
  await server.close()
  await storage.remove()
})
beforeEach(() => {
  ;(lines as unknown[]).length = 0
})

const call = { ':method': 'POST', ':path': '/waypost.v1.ServiceRegistry/Get', 'content-type': 'application/grpc' }
const head = encodeRequest(1, call, END_HEADERS)
const waiting = encodeRequest(1, { ...call, expect: '100-continue' }, END_HEADERS)
const part = encodeFrame({ type: frameType.data, stream: 1, payload: envelope(Buffer.from('a'), { length: 9 }) })
const whole = encodeFrame({ type: frameType.data, flags: 1, stream: 1, payload: envelope(Buffer.alloc(0)) })
const reset = encodeFrame({ type: frameType.rstStream, stream: 1, payload: Buffer.from([0, 0, 0, 8]) })

test.each([
  ['before its body', [head]],
  ['before it was asked for its body', [waiting]],
  ['in its body', [head, part]],
  ['after its body', [head, whole]],
])('a call whose client resets it %s is no failure of the server', async (_, frames) => {
  // Once in the first bytes of the connection, and once after the server has seen the others.
  for (const writes of [[Buffer.concat([GREETING, ...frames, reset])], [GREETING, Buffer.concat(frames), reset]]) {
    const socket = openSocket(server.url)
    for (const bytes of writes) {
      socket.write(bytes)
      await answerToPing(socket)
    }
    socket.destroy()
  }
  expect(lines).toEqual([])
})

test('a watch whose client resets it with a code for failures of a server is no failure of the server', async () => {
  const watch = encodeRequest(1, { ...call, ':path': '/grpc.health.v1.Health/Watch' }, END_HEADERS)
  const INTERNAL_ERROR = 2
  const failure = encodeFrame({ type: frameType.rstStream, stream: 1, payload: Buffer.from([0, 0, 0, INTERNAL_ERROR]) })
  const socket = openSocket(server.url)
  for (const bytes of [GREETING, Buffer.concat([watch, whole]), failure]) {
    socket.write(bytes)
    await answerToPing(socket)
  }
  socket.destroy()
  expect(lines).toEqual([])
})

async function answerToPing(socket: Socket): Promise<void> {
  const payload = Buffer.from('a ping 1')
  socket.write(encodeFrame({ type: frameType.ping, payload }))
  for (;;) if ((await once(socket, 'data'))[0].includes(payload)) return
}
