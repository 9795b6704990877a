import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2, constants } from 'node:http2'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { defaultLimits, type Limits } from '../../../src/server/limits.ts'
import type { TlsMaterial } from '../../../src/server/listen/tls.ts'
import { eventually } from '../../support/eventually.ts'
import {
  type DecodedFrame,
  decodeFrames,
  encodeFrame,
  encodeRequest,
  frameType,
  GREETING,
} from '../../support/http2-frames.ts'
import { listeningRegistry } from '../../support/listening-registry.ts'
import { openSocket, readAnswer } from '../../support/raw-http.ts'

const ACK = 1
const GRACE_MS = 30_000
/** The highest number that a stream can have. */
const ANY_STREAM = 0x7fffffff
const pem = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url)), 'utf8')

async function start(limits: Partial<Limits> = {}, tls?: TlsMaterial) {
  const server = await listeningRegistry({ ...defaultLimits, ...limits }, { tls })
  onTestFinished(() => server.close())
  const url = `http${tls === undefined ? '' : 's'}://127.0.0.1:${server.port}`
  const isRefused = async () => {
    const socket = openSocket(url)
    const opened = once(socket, 'connect').then(
      () => true,
      () => false,
    )
    return !(await opened.finally(() => socket.destroy()))
  }
  /** Begins to stop the server. Resolves with the end of the stop once the port is closed. */
  const stop = async () => {
    const stopped = server.stop(GRACE_MS)
    await eventually('the port is closed', isRefused)
    return { stopped }
  }
  return { url, stop }
}

const request = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'

/** Sends a request, and resolves with its answer. */
async function ask(socket: Socket, bytes = request) {
  const answer = readAnswer(socket)
  socket.write(bytes)
  return answer
}

describe('a stopping server, over HTTP/1.1', () => {
  test('a stopping server answers the next request of a kept connection, says that it is the last one, and ends the connection', async () => {
    const server = await start()
    const socket = openSocket(server.url)
    expect((await ask(socket)).head).toMatch(/^connection: keep-alive$/im)
    const { stopped } = await server.stop()
    const { status, head } = await ask(socket)
    expect(status).toBe(200)
    expect(head).toMatch(/^connection: close$/im)
    await once(socket, 'end')
    socket.end()
    await stopped
  })

  test('a stopping server says with the answer to the newest request that it is the last one, and answers those before it', async () => {
    const server = await start()
    const socket = openSocket(server.url)
    const post = 'POST /services/my-org/my-service HTTP/1.1\r\nHost: a\r\nContent-Length: 24\r\n\r\n{"revision_tag":'
    await ask(socket)
    socket.write(post)
    // The server has read these bytes once it has answered a later client.
    const other = openSocket(server.url)
    await ask(other)
    other.destroy()
    const { stopped } = await server.stop()
    let received = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text
    })
    socket.write(`"1.2.9"}${request}`)
    await once(socket, 'end')
    socket.end()
    const answers = received.split(/(?=HTTP\/1.1 2)/)
    expect(answers).toHaveLength(2)
    expect(answers[0]).toMatch(/^HTTP\/1.1 201[\s\S]*^connection: keep-alive/im)
    expect(answers[1]).toMatch(/^HTTP\/1.1 200[\s\S]*^connection: close/im)
    await stopped
  })

  test('a stopping server ends a connection without a request after a while', async () => {
    const server = await start({ stopIdleMs: 100, lingerMs: 100, sweepMs: 10 })
    const [silent, kept] = [openSocket(server.url), openSocket(server.url)]
    await ask(kept)
    const ended = Promise.all([silent, kept].map((socket) => once(socket.resume(), 'end')))
    const { stopped } = await server.stop()
    await ended
    await stopped
  })
})

/** A client that writes frames by hand. */
function openFrames(url: string) {
  const socket = openSocket(url)
  onTestFinished(() => void socket.destroy())
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
  })
  const frames = (type: number) => decodeFrames(received).filter((frame) => frame.type === type)
  return { socket, frames, goAways: () => frames(frameType.goAway).map(lastStreamOf) }
}

function lastStreamOf({ payload }: DecodedFrame): number {
  return Buffer.from(payload).readUInt32BE(0)
}

describe('a stopping server, over HTTP/2', () => {
  test('a stopping server announces the end with a GOAWAY, serves streams that cross with it, and then names the last one', async () => {
    const server = await start()
    const { socket, frames, goAways } = openFrames(server.url)
    const acknowledgement = encodeFrame({ type: frameType.settings, flags: ACK })
    socket.write(Buffer.concat([GREETING, acknowledgement, encodeRequest(1, {})]))
    await eventually('the server answers', async () => frames(frameType.headers).length === 1)
    const { stopped } = await server.stop()
    await eventually('the server announces the end', async () => frames(frameType.ping).length === 1)
    expect(goAways()).toEqual([ANY_STREAM])

    socket.write(encodeRequest(3, {}))
    await eventually('the server answers', async () => frames(frameType.headers).length === 2)
    expect(goAways()).toEqual([ANY_STREAM])

    const [ping] = frames(frameType.ping)
    socket.write(encodeFrame({ type: frameType.ping, flags: ACK, payload: ping?.payload ?? Buffer.alloc(8) }))
    await once(socket, 'end')
    expect(goAways()).toContain(3)
    socket.end()
    await stopped
  })

  test('a stopping server ends the session of a client that does not answer, once it opens no more streams', async () => {
    const server = await start({ stopIdleMs: 100, sweepMs: 10 })
    const { socket, goAways } = openFrames(server.url)
    socket.write(Buffer.concat([GREETING, encodeFrame({ type: frameType.settings, flags: ACK })]))
    const ended = once(socket, 'end')
    const { stopped } = await server.stop()
    await ended
    expect(goAways()).toContain(0)
    socket.end()
    await stopped
  })

  test('a stopping server ends a session over TLS with its next stream, and serves that one', async () => {
    const server = await start({ sweepMs: 10 }, { cert: pem('server'), key: pem('server-key') })
    const session = connectHttp2(server.url, { ca: pem('ca') })
    onTestFinished(() => session.destroy())
    await once(session, 'remoteSettings')
    const { stopped } = await server.stop()
    expect(session.closed).toBe(false)
    const gone = once(session, 'goaway')
    const stream = session.request({ ':path': '/livez' })
    const [headers] = await once(stream, 'response')
    expect(headers[':status']).toBe(200)
    const [code, lastStream] = await gone
    expect([code, lastStream]).toEqual([constants.NGHTTP2_NO_ERROR, 1])
    stream.resume()
    await stopped
  })
})
