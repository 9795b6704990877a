import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { limits } from './limits.ts'
import type { NodeHandler } from './node-http.ts'

/** What every HTTP/2 connection begins with (RFC 9113, section 3.4). No HTTP/1.1 request does. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** How often connections that became idle are closed while the server stops, in milliseconds. */
const SWEEP_MS = 50

/** One port that speaks HTTP/1.1 and HTTP/2 in clear text. */
export interface Listener {
  /** Listens, and resolves with the address that it got. Rejects where the port can't be had. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Stops accepting, waits for what is in flight for up to `graceMs` milliseconds, then cuts what is left. */
  close(graceMs: number): Promise<void>
}

export function createListener(handler: NodeHandler): Listener {
  let isClosing = false
  const http1 = createHttp1Server((request, response) => {
    if (isClosing) response.setHeader('connection', 'close')
    handler(request, response)
  })
  const { http2, sessions } = createHttp2ServerWithSessions(handler)
  // The HTTP/1.1 server is the one that listens: its timeouts run only then.
  const [serveHttp1] = http1.listeners('connection') as [(this: Server, socket: Socket) => void]
  const undecided = new Set<Socket>()
  http1.removeAllListeners('connection').on('connection', (socket: Socket) => {
    undecided.add(socket)
    socket.once('close', () => undecided.delete(socket))
    detectProtocol(socket, (isHttp2) => {
      undecided.delete(socket)
      if (isHttp2) http2.emit('connection', socket)
      else serveHttp1.call(http1, socket)
    })
  })
  return {
    listen: (host, port) => listen(http1, host, port),
    close: async (graceMs) => {
      isClosing = true
      const stopped = new Promise<void>((resolve) => http1.close(() => resolve()))
      for (const socket of undecided) socket.destroy()
      for (const session of sessions) session.close()
      // A connection whose last answer was already under way becomes idle without having said that it closes.
      const sweep = setInterval(() => http1.closeIdleConnections(), SWEEP_MS)
      const cut = setTimeout(() => {
        http1.closeAllConnections()
        for (const session of sessions) session.destroy()
      }, graceMs)
      await stopped
      clearInterval(sweep)
      clearTimeout(cut)
    },
  }
}

function createHttp1Server(handler: RequestListener): Server {
  return createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 1_000,
      // The handler refuses a request without Host, on both versions in the same way.
      requireHostHeader: false,
    },
    handler,
  ).on('clientError', refuseUnreadable)
}

function createHttp2ServerWithSessions(handler: NodeHandler): {
  http2: Http2Server
  sessions: Set<ServerHttp2Session>
} {
  const sessions = new Set<ServerHttp2Session>()
  const http2 = createHttp2Server(
    { settings: { maxConcurrentStreams: limits.concurrentStreams, maxHeaderListSize: limits.headerBytes } },
    handler,
  )
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.setTimeout(limits.sessionIdleMs, () => session.close())
  })
  // A session's error is its client's; the session is closed, and no other is touched.
  http2.on('sessionError', () => {})
  return { http2, sessions }
}

// Reads no more than it takes to tell, and puts it back.
function detectProtocol(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), limits.headersMs)
  const ignoreError = () => socket.destroy()
  const read = () => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, HTTP2_PREFACE.length)
    const isPrefix = seen.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length))
    if (isPrefix && length < HTTP2_PREFACE.length) return
    forget()
    socket.unshift(seen)
    decide(isPrefix)
  }
  const forget = () => {
    clearTimeout(timer)
    socket.off('readable', read).off('error', ignoreError).off('close', forget)
  }
  socket.on('readable', read).on('error', ignoreError).on('close', forget)
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
}

/** For bytes that are no request, or one that came too slowly. Node's own answer has no body. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400
  const body = JSON.stringify({ error: `${STATUS_CODES[status]}.` })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  )
}
