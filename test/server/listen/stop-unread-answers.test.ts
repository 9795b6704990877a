import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { encodeFrame, encodeRequest, frameType, PREFACE } from '../../support/http2-frames.ts'
import { listeningRegistry } from '../../support/listening-registry.ts'

const ANSWERS = 90
const ACK = 1
const END_STREAM = 1
const LARGEST_WINDOW = 0x7fffffff
const OWN_WINDOW = 65_535
const GRACE_MS = 20_000

/** Asks for many large answers at once, with room for all of them in the windows of the client. */
function askForMuch(socket: Socket): void {
  const settings = Buffer.alloc(6)
  settings.writeUInt16BE(4)
  settings.writeUInt32BE(LARGEST_WINDOW, 2)
  const increment = Buffer.alloc(4)
  increment.writeUInt32BE(LARGEST_WINDOW - OWN_WINDOW)
  const requests = Array.from({ length: ANSWERS }, (_, index) =>
    encodeRequest(1 + 2 * index, { ':path': '/openapi.json' }),
  )
  const greeting = [
    encodeFrame({ type: frameType.settings, payload: settings }),
    encodeFrame({ type: frameType.settings, flags: ACK }),
    encodeFrame({ type: frameType.windowUpdate, payload: increment }),
  ]
  socket.write(Buffer.concat([PREFACE, ...greeting, ...requests]))
}

/** Reads frames until the server ends the connection. Returns their types, and how many answers have ended. */
async function readAll(socket: Socket): Promise<{ readonly types: ReadonlySet<number>; readonly answers: number }> {
  const types = new Set<number>()
  let answers = 0
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const [type, flags] = [rest.readUInt8(3), rest.readUInt8(4)]
      const payload = Buffer.from(rest.subarray(9, 9 + rest.readUIntBE(0, 3)))
      types.add(type)
      if (type === frameType.data && (flags & END_STREAM) !== 0) answers++
      if (type === frameType.ping) socket.write(encodeFrame({ type, flags: ACK, payload }))
      rest = rest.subarray(9 + payload.length)
    }
  })
  await once(socket.resume(), 'end')
  socket.destroy()
  return { types, answers }
}

test('a server that stops while clients read none of their answers sends all of them whole, and then GOAWAY', async () => {
  const server = await listeningRegistry(defaultLimits)
  const sockets = [1, 2, 3].map(() => connect(server.port, '127.0.0.1').pause())
  for (const socket of sockets) askForMuch(socket)
  // The buffers of the system are full now, wherever in a frame that is.
  await delay(500)
  const stopped = server.stop(GRACE_MS)
  await delay(100)
  for (const { types, answers } of await Promise.all(sockets.map(readAll))) {
    expect(answers).toBe(ANSWERS)
    expect(types).toContain(frameType.goAway)
    expect(Math.max(...types)).toBeLessThanOrEqual(frameType.continuation)
  }
  await stopped
  await server.close()
})
