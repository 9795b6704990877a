import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  STATUS_CODES,
} from 'node:http'
import { createServer as createNodeHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { KnownReason } from '../../domain/errors.ts'
import {
  INVALID_METHOD,
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  refuseMethod,
} from '../http/node-http.ts'
import type { Limits } from '../limits.ts'
import { HalfClosedClients } from './half-closed-clients.ts'
import { detectProtocol } from './protocol-detection.ts'
import { watchSlowClients } from './slow-clients.ts'
import { createTlsFront, type TlsMaterial } from './tls.ts'
import { unusableAddress } from './unusable-address.ts'

/** How often the server closes idle connections while it stops, in milliseconds. */
const SWEEP_MS = 50

/** One port for HTTP/1.1 and HTTP/2. It tells them apart by the first bytes, or by ALPN over TLS. */
export interface Listener {
  /** Starts to listen. Resolves with its address. Rejects if it cannot listen on the port. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Uses other certificates for new connections, if the listener speaks TLS. Throws if they are not valid. */
  replaceTls(material: TlsMaterial): void
  /**
   * Stops accepting connections. Waits up to `graceMs` milliseconds for requests in flight, then cuts the other
   * connections.
   */
  close(graceMs: number): Promise<void>
}

export interface ListenerOptions {
  readonly limits: Limits
  /** The certificates for TLS; undefined: the listener speaks clear text. */
  readonly tls?: TlsMaterial | undefined
}

/** Makes a listener that passes its requests to `handler`. Throws if the TLS material is not valid. */
export function createListener(handler: NodeHandler, { limits, tls }: ListenerOptions): Listener {
  let isClosing = false
  const slowClients = watchSlowClients(limits)
  const halfClosed = new HalfClosedClients()
  const http1 = createHttp1Server(limits, (request, response) => {
    if (isClosing) response.setHeader('connection', 'close')
    halfClosed.watch(response)
    handler(request, response)
  })
  const http2 = createHttp2Server(limits, handler)
  // Only the HTTP/1.1 server listens, because its timeouts do not run otherwise.
  const [serveHttp1] = http1.listeners('connection') as [(this: Server, socket: Socket) => void]
  const serve = (socket: Socket, stream: Socket, isHttp2: boolean) => {
    if (!isHttp2) {
      slowClients.watchHttp1(socket, stream)
      serveHttp1.call(http1, stream)
      // Node's parser reads bytes directly from the socket. Over TLS they arrive even while the parser is paused, and it
      // fails with HPE_PAUSED. With this listener the bytes go through the stream instead, which keeps them back.
      if (stream !== socket) stream.on('data', () => {})
      return
    }
    const watch = (session: ServerHttp2Session) => slowClients.watchHttp2(socket, session)
    http2.once('session', watch)
    http2.emit('connection', stream)
    http2.off('session', watch)
  }
  const onSecure = (socket: Socket, secured: TLSSocket) => serve(socket, secured, secured.alpnProtocol === 'h2')
  const front = tls && createTlsFront(tls, { handshakeMs: limits.headersMs, onSecure })
  http1.removeAllListeners('connection').on('connection', (socket: Socket) => {
    slowClients.watchUndecided(socket)
    if (front) front.accept(socket)
    else detectProtocol(socket, (isHttp2) => serve(socket, socket, isHttp2))
  })
  return {
    listen: (host, port) => listen(http1, host, port),
    replaceTls: (material) => front?.replace(material),
    close: async (graceMs) => {
      isClosing = true
      const stopped = new Promise<void>((resolve) => http1.close(() => resolve()))
      for (const socket of slowClients.undecided) socket.destroy()
      for (const session of slowClients.sessions) session.close()
      // A connection whose last answer had begun becomes idle without a `connection: close`.
      const sweep = setInterval(() => http1.closeIdleConnections(), SWEEP_MS)
      const cut = setTimeout(() => {
        http1.closeAllConnections()
        for (const session of slowClients.sessions) session.destroy()
      }, graceMs)
      await stopped
      clearInterval(sweep)
      clearTimeout(cut)
      slowClients.stop()
    },
  }
}

function createHttp1Server(limits: Limits, handler: RequestListener): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // A little after the handler's own limit, so that a slow body gets the answer of its protocol.
    requestTimeout: limits.requestMs + limits.sweepMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.sweepMs,
    // The handler refuses a request without a host, in the same way over both HTTP versions.
    requireHostHeader: false,
  }
  const server = createServer(options, handler)
    .on('clientError', refuseUnreadable)
    .on('connect', refuseTunnel)
    // A server may ignore an unknown expectation (RFC 9110, section 10.1.1). Node would answer without a body.
    .on('checkExpectation', handler)
  // A client may end its own direction once it has sent its request (RFC 9112, section 9.6). Node has a switch for
  // that, which its types leave out; without it the answer is lost.
  return Object.assign(server, { httpAllowHalfOpen: true })
}

function createHttp2Server(limits: Limits, handler: NodeHandler): Http2Server {
  const settings = { maxConcurrentStreams: limits.concurrentStreams, maxHeaderListSize: limits.headerBytes }
  // An error of a session is the fault of its client, and closes only this session.
  return createNodeHttp2Server({ settings }, handler)
    .on('sessionError', () => {})
    .on('connect', (_request: NodeRequest, response: NodeResponse) => refuseMethod(response, ''))
    .on('checkExpectation', handler)
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(unusableAddress(error))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve(server.address() as AddressInfo)
    })
  })
}

/** The text for a request that is not valid HTTP (400), is too slow (408) or has too long headers (431). */
export function explainUnreadable(status: number): string {
  return unreadableTexts[status] ?? 'the request is not valid HTTP; send an HTTP/1.1 or HTTP/2 request.'
}

const unreadableTexts: Readonly<Record<number, string>> = {
  408: 'the request did not arrive in time; send it faster.',
  431: 'the headers of the request are too long; send shorter headers.',
}

const unreadableReasons: Readonly<Record<number, KnownReason>> = { 408: 'REQUEST_TOO_SLOW', 431: 'HEADERS_TOO_LARGE' }

/** Answers a request that is not valid HTTP, is too slow or has too long headers. Node would answer without a body. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400
  const reason = unreadableReasons[status] ?? 'INVALID_REQUEST'
  refuse(socket, status, { body: { error: explainUnreadable(status), reason } })
}

// Node no longer watches the connection of a CONNECT. The target of a CONNECT allows no method.
function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => {}).once('finish', () => socket.destroy())
  refuse(socket, 405, { body: { error: INVALID_METHOD }, headers: 'allow:\r\n' })
}

/** Answers on a connection for which Node has no response object, and ends it. */
function refuse(
  socket: Duplex,
  status: number,
  { body, headers = '' }: { readonly body: object; readonly headers?: string },
): void {
  const json = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `${headers}content-length: ${json.length}\r\n\r\n${json}`,
  )
}
