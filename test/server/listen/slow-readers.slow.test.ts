import { type ClientHttp2Stream, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { type ListeningRegistry, listeningRegistry } from '../../support/listening-registry.ts'
import { envelope } from '../../support/raw-http2.ts'

const UNREAD_MS = 1_000
const PATH = '/services/my-org/large/revisions'
const LIST = '/waypost.v1.ServiceRegistry/ListRevisions'
const MESSAGE = Buffer.from('\x0a\x06my-org\x12\x05large', 'latin1')
const metadata = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`key${index}`, '\u20ac'.repeat(1_000)]))

interface Request {
  readonly headers: OutgoingHttpHeaders
  readonly body?: Buffer
}

const requests: Readonly<Record<string, Request>> = {
  REST: { headers: { ':path': PATH } },
  Connect: {
    headers: { ':path': LIST, ':method': 'POST', 'content-type': 'application/proto' },
    body: MESSAGE,
  },
  gRPC: {
    headers: { ':path': LIST, ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' },
    body: envelope(MESSAGE),
  },
}

let server: ListeningRegistry
let url = ''
beforeAll(async () => {
  server = await listeningRegistry({ ...defaultLimits, unreadMs: UNREAD_MS, sweepMs: 50 })
  url = `http://127.0.0.1:${server.port}`
  for (let minor = 0; minor < 10; minor++) {
    const body = JSON.stringify({
      revision_tag: `1.${minor}.0`,
      endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata }],
    })
    expect(await fetch(`${url}/services/my-org/large`, { method: 'POST', body })).toMatchObject({ status: 201 })
  }
})
afterAll(() => server.close())

function send(session: ReturnType<typeof connect>, { headers, body }: Request): ClientHttp2Stream {
  const stream = session.request(headers, { endStream: body === undefined }).on('error', () => {})
  if (body !== undefined) stream.end(body)
  return stream
}

/** Reads an answer slowly, but without a pause of `UNREAD_MS`. Resolves with its size and the code of its end. */
async function readSlowly(stream: ClientHttp2Stream): Promise<{ size: number; code: number | undefined }> {
  let size = 0
  const isOver = () => stream.destroyed || stream.readableEnded
  for (; !isOver(); await sleep(UNREAD_MS / 5)) {
    const chunk: Buffer | null = stream.read(Math.min(100_000, stream.readableLength || 100_000))
    size += chunk?.length ?? 0
    if (chunk === null) stream.read(0)
  }
  return { size, code: stream.rstCode }
}

describe('a slow reader over HTTP/2', () => {
  test.for(Object.entries(requests))(
    'gets a large answer over %s to its end, however long that takes',
    async ([, request]) => {
      const session = connect(url)
      const started = performance.now()
      const { size, code } = await readSlowly(send(session, request))
      session.destroy()
      expect(performance.now() - started).toBeGreaterThan(UNREAD_MS)
      expect([code, size > 900_000]).toEqual([0, true])
    },
  )

  test.for(Object.entries(requests))(
    'that stops to read an answer over %s loses this answer only, because a proxy has other readers',
    async ([, request]) => {
      const session = connect(url)
      const stalled = send(session, request)
      await new Promise((resolve) => stalled.pause().once('close', resolve))
      const other = send(session, { headers: { ':path': '/livez' } })
      const headers = await new Promise<IncomingHttpHeaders>((resolve) => other.once('response', resolve))
      expect([stalled.rstCode, headers[':status']]).toEqual([8, 200])
      session.destroy()
    },
  )
})
