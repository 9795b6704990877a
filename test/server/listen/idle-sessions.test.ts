import { once } from 'node:events'
import { connect } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { PREFACE } from '../../support/http2-frames.ts'
import { type ListeningRegistry, listeningRegistry } from '../../support/listening-registry.ts'
import { openSocket } from '../../support/raw-http.ts'

const HEADERS_MS = 100

describe('an HTTP/2 connection without a call', () => {
  let server: ListeningRegistry
  beforeAll(async () => {
    server = await listeningRegistry({ ...defaultLimits, headersMs: HEADERS_MS, sweepMs: 10 })
  })
  afterAll(() => server.close())

  test('an idle session is kept for a client that calls later, because gRPC clients of several servers connect to all of them', async () => {
    const session = connect(`http://127.0.0.1:${server.port}`)
    await once(session, 'remoteSettings')
    await sleep(4 * HEADERS_MS)
    const [headers] = await once(session.request({ ':path': '/livez' }), 'response')
    expect(headers[':status']).toBe(200)
    session.destroy()
  })

  test('a session is closed soon if its client does not send the settings with which every connection begins', async () => {
    const socket = openSocket(`http://127.0.0.1:${server.port}`).resume()
    socket.write(PREFACE)
    await once(socket, 'end')
    socket.destroy()
  })
})
