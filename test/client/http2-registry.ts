import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { create, toBinary } from '@bufbuild/protobuf'
import { GetResponseSchema, RegisterResponseSchema } from '../../src/client/proto.ts'

/** A request that a test may answer itself. `pass` gives the answer of a registry. */
export interface Http2Request {
  readonly stream: ServerHttp2Stream
  readonly session: ServerHttp2Session
  /** The method, such as `Get`. */
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The number of the connection, from 1. */
  readonly connection: number
  pass(): void
}

/** A server over HTTP/2 alone, whose streams a test controls. It knows `Get` and `Register`. */
export interface Http2Registry {
  readonly url: string
  /** The requests that arrived, as `CONNECTION METHOD`. */
  readonly requests: readonly string[]
  readonly sessions: readonly ServerHttp2Session[]
  setGate(gate: (request: Http2Request) => void): void
  /** Forgets the requests, lets every request through again, and ends all connections. */
  reset(): Promise<void>
  close(): Promise<void>
}

interface Options {
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string; readonly requestCert?: boolean }
  readonly settings?: Settings
  /** Default: a free port. */
  readonly port?: number
}

const revision = { namespace: 'my-org', name: 'x', revisionTag: '1.0.0', isDefault: true }
const answers: Readonly<Record<string, Uint8Array>> = {
  Get: toBinary(GetResponseSchema, create(GetResponseSchema, { revision })),
  Register: toBinary(RegisterResponseSchema, create(RegisterResponseSchema, { revision })),
}

/** Starts the server on 127.0.0.1. */
export async function startHttp2Registry({ tls, settings = {}, port = 0 }: Options = {}): Promise<Http2Registry> {
  const requests: string[] = []
  const sessions: ServerHttp2Session[] = []
  const pass = ({ pass }: Http2Request) => pass()
  let gate: (request: Http2Request) => void = pass
  const server = tls ? createSecureServer({ ...tls, settings }) : createServer({ settings })
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const session = stream.session as ServerHttp2Session
    const method = /\/(\w+)(?:\?|$)/.exec(`${headers[':path']}`)?.[1] ?? ''
    const connection = sessions.indexOf(session) + 1
    requests.push(`${connection} ${method}`)
    stream.on('error', () => {})
    const answer = () => {
      if (stream.destroyed) return
      stream.respond({ ':status': 200, 'content-type': 'application/proto' })
      stream.end(answers[method])
    }
    gate({ stream, session, method, headers, connection, pass: () => stream.resume().on('end', answer) })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const endAll = async () => {
    const open = sessions.filter(({ destroyed }) => !destroyed)
    const closed = open.map((session) => once(session, 'close'))
    for (const session of open) session.destroy()
    await Promise.all(closed)
  }
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sessions,
    setGate: (next) => {
      gate = next
    },
    reset: async () => {
      await endAll()
      gate = pass
      requests.length = 0
      sessions.length = 0
    },
    close: async () => {
      await endAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
