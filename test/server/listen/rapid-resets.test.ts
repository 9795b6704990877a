import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import {
  type DecodedFrame,
  encodeFrame,
  encodeRequest,
  frameType,
  GREETING,
  writeUntilClosed,
} from '../../support/http2-frames.ts'
import { listeningRegistry } from '../../support/listening-registry.ts'
import { openSocket } from '../../support/raw-http.ts'
import { recordingLogger } from '../../support/recording-logger.ts'

const RESETS_TOO_FAST = 'a client resets its requests too fast, so its connection was closed'
/** More than a client may reset at once. */
const TOO_MANY = 500

async function start(resetPauseMs = defaultLimits.resetPauseMs) {
  const { log, lines } = recordingLogger()
  const server = await listeningRegistry({ ...defaultLimits, resetPauseMs }, { log })
  onTestFinished(() => server.close())
  return { url: `http://127.0.0.1:${server.port}`, lines }
}

const request = (stream: number) => encodeRequest(stream, { ':path': '/services/my-org/my-service' })
const reset = (stream: number) =>
  encodeFrame({ type: frameType.rstStream, stream, payload: Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL]) })

/** Resets this many requests at once, over a new connection. Resolves with the frames of the server, once it closes it. */
function attack(url: string, streams = TOO_MANY): Promise<DecodedFrame[]> {
  const all = Array.from({ length: streams }, (_, index) => [request(2 * index + 1), reset(2 * index + 1)])
  return writeUntilClosed(openSocket(url), [GREETING, Buffer.concat(all.flat())], { waitFor: 'ping' })
}

const codesOfGoAway = (frames: readonly DecodedFrame[]) =>
  frames.filter(({ type }) => type === frameType.goAway).map(({ payload }) => Buffer.from(payload).readUInt32BE(4))

describe('a client that resets its requests', () => {
  test('a client that resets more requests at once than one that cancels all its calls is closed with ENHANCE_YOUR_CALM', async () => {
    const { url } = await start()
    expect(codesOfGoAway(await attack(url))).toContain(constants.NGHTTP2_ENHANCE_YOUR_CALM)
  })

  test('a client that cancels as many calls as it may have open keeps its connection', async () => {
    const { url, lines } = await start()
    const session = connect(url)
    onTestFinished(() => session.destroy())
    await once(session, 'remoteSettings')
    const calls = Array.from({ length: defaultLimits.concurrentStreams }, () => session.request({ ':path': '/livez' }))
    for (const call of calls) call.on('error', () => {}).close(constants.NGHTTP2_CANCEL)
    await Promise.all(calls.map((call) => once(call, 'close')))
    const [headers] = await once(session.request({ ':path': '/livez' }), 'response')
    expect(headers[':status']).toBe(200)
    expect(lines).toEqual([])
  })

  test('a client that resets its requests too fast is logged once, however often it connects again', async () => {
    const { url, lines } = await start(0)
    for (let times = 0; times < 3; times++) await attack(url)
    expect(lines).toEqual([{ level: 'warn', message: RESETS_TOO_FAST, fields: { address: '127.0.0.1', closed: 1 } }])
  })

  test('a client waits with each new connection once many of its connections were closed', async () => {
    const { url } = await start(1_000_000)
    for (let times = 0; times < 6; times++) await attack(url)
    const socket = openSocket(url)
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    const answered = once(socket, 'data').then(() => 'answered')
    const waited = new Promise((resolve) => setTimeout(resolve, 100, 'waits'))
    expect(await Promise.race([answered, waited])).toBe('waits')
  })
})
