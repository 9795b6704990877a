import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import {
  createServer as createNodeHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../../telemetry/logger.ts'
import { expectContinue } from '../http/body/unfinished-bodies.ts'
import type { ExchangeHandler } from '../http/exchange.ts'
import { NodeExchange } from '../http/node-exchange.ts'
import type { NodeRequest, NodeResponse } from '../http/node-http.ts'
import { refuseMethod } from '../http/send.ts'
import { StreamExchange } from '../http/stream-exchange.ts'
import type { Limits } from '../limits.ts'
import { Connections } from './connections.ts'
import { HalfClosedClients } from './half-closed-clients.ts'
import { handleHttp1 } from './http1-requests.ts'
import { PipelinedRequests } from './pipelined-requests.ts'
import { detectProtocol, joinUntaken } from './protocol-detection.ts'
import { RapidResets, resetAllowance } from './rapid-resets.ts'
import { Room } from './room.ts'
import { closeSlowClients } from './slow-clients.ts'
import { stopGracefully } from './stop.ts'
import { createTlsFront, type TlsMaterial } from './tls.ts'
import { refuseTunnel, refuseUnreadable } from './unreadable-requests.ts'
import { unusableAddress } from './unusable-address.ts'

/** One port for HTTP/1.1 and HTTP/2. It tells them apart by the first bytes, or by ALPN over TLS. */
export interface Listener {
  /** Starts to listen. Resolves with its address. Rejects if it cannot listen on the port. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Serves a connection that another process has accepted. Nothing was read from it. Returns the number of connections. */
  accept(socket: Socket): number
  /** Uses other certificates for new connections, if the listener speaks TLS. Throws if they are not valid. */
  replaceTls(material: TlsMaterial): void
  /**
   * Tells the clients that their connections end, and stops accepting connections. Waits up to `graceMs` milliseconds
   * for requests in flight and for clients that are about to send one, then cuts the other connections.
   */
  close(graceMs: number): Promise<void>
}

export interface ListenerOptions {
  readonly limits: Limits
  /** The certificates for TLS; undefined: the listener speaks clear text. */
  readonly tls?: TlsMaterial | undefined
  readonly log: Logger
}

/** Makes a listener that passes its requests to `handler`. Throws if the TLS material is not valid. */
export function createListener(handler: ExchangeHandler, { limits, tls, log }: ListenerOptions): Listener {
  const connections = new Connections()
  const room = new Room(connections, limits.connections, log)
  const halfClosed = new HalfClosedClients()
  const pipelined = new PipelinedRequests()
  const resets = new RapidResets(limits, log)
  connections.onReset = (connection) => resets.count(connection)
  const http1 = createHttp1Server(limits, connections, (request, response) => {
    connections.sawRequest(response)
    halfClosed.watch(response)
    pipelined.inTurn(response, () => handleHttp1(handler, request, response))
  })
  const http2 = createHttp2Server(limits, handler)
  // Only the HTTP/1.1 server listens, because its timeouts do not run otherwise.
  const [serveHttp1] = http1.listeners('connection') as [(this: Server, socket: Socket) => void]
  const serve = (socket: Socket, stream: Socket, isHttp2: boolean) => {
    if (!isHttp2) {
      connections.becomeHttp1(socket, stream)
      closeInStages(stream)
      serveHttp1.call(http1, stream)
      // Node's parser reads bytes directly from the socket. Over TLS they arrive even while the parser is paused, and it
      // fails with HPE_PAUSED. With this listener the bytes go through the stream instead, which keeps them back.
      if (stream !== socket) stream.on('data', () => {})
    } else serveHttp2(http2, connections, { socket, stream })
  }
  const onSecure = (socket: Socket, secured: TLSSocket) => serve(socket, secured, secured.alpnProtocol === 'h2')
  const front = tls && createTlsFront(tls, { handshakeMs: limits.headersMs, onSecure })
  http1.removeAllListeners('connection').on('connection', (socket: Socket) => {
    if (!room.admit(socket)) return void socket.destroy()
    resets.admit(socket, () => {
      if (front) front.accept(socket)
      else detectProtocol(socket, (isHttp2) => serve(socket, socket, isHttp2))
    })
  })
  const feed = feeder(http1)
  const timer = setInterval(() => {
    closeSlowClients(connections, limits)
    room.check()
  }, limits.sweepMs).unref()
  return {
    listen: (host, port) => listen(http1, room, { host, port }),
    accept: (socket) => {
      feed(socket)
      return connections.size
    },
    replaceTls: (material) => front?.replace(material),
    close: async (graceMs) => {
      await stopGracefully(http1, connections, { graceMs, limits })
      clearInterval(timer)
    },
  }
}

function serveHttp2(
  server: Http2Server,
  connections: Connections,
  { socket, stream }: { readonly socket: Socket; readonly stream: Socket },
): void {
  // An HTTP/2 client that ends its direction can no longer ask for the rest of an answer, so it is gone.
  socket.allowHalfOpen = false
  stream.allowHalfOpen = false
  const watch = (session: ServerHttp2Session) => connections.becomeHttp2(socket, stream, session)
  joinUntaken(stream)
  server.once('session', watch)
  server.emit('connection', stream)
  server.off('session', watch)
}

// Node would close a socket as soon as its last answer is sent. If the client still sends, the system then resets the
// connection, and the client could lose the answer (RFC 9112, section 9.6). So the server ends its own direction first,
// and `closeSlowClients` closes the connection if the client does not.
function closeInStages(stream: Socket): void {
  stream.destroySoon = () => void stream.end()
}

/** Makes a function that gives connections to a server that does not listen. */
function feeder(server: Server): (socket: Socket) => void {
  let isFed = false
  return (socket) => {
    // Node's timeouts run only in a server that listens.
    if (!isFed) server.emit('listening')
    isFed = true
    // As Node makes the connections of a server that listens.
    socket.allowHalfOpen = true
    server.emit('connection', socket.setNoDelay())
  }
}

function createHttp1Server(limits: Limits, connections: Connections, handler: RequestListener): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // A little after the handler's own limit, so that a slow body gets the answer of its protocol.
    requestTimeout: limits.requestMs + limits.sweepMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.sweepMs,
    // The handler refuses a request without a host, in the same way over both HTTP versions.
    requireHostHeader: false,
    // Two hosts then become one that is not valid. Node would take the first one.
    joinDuplicateHeaders: true,
  }
  const server = createServer(options, handler)
    .on('clientError', (error: Error, socket: Socket) => {
      refuseUnreadable(error, socket, connections.http1.get(socket)?.newest)
    })
    .on('connect', refuseTunnel)
    .on(
      'checkContinue',
      (request: IncomingMessage, response: ServerResponse<IncomingMessage> & { req: IncomingMessage }) => {
        expectContinue(request)
        handler(request, response)
      },
    )
    // A server may ignore an unknown expectation (RFC 9110, section 10.1.1). Node would answer without a body.
    .on('checkExpectation', handler)
  // A client may end its own direction once it has sent its request (RFC 9112, section 9.6). Node has a switch for
  // that, which its types leave out; without it the answer is lost.
  return Object.assign(server, { httpAllowHalfOpen: true })
}

function createHttp2Server(limits: Limits, handler: ExchangeHandler): Http2Server {
  const settings = { maxConcurrentStreams: limits.concurrentStreams, maxHeaderListSize: limits.headerBytes }
  const handle = (request: NodeRequest, response: NodeResponse) => handler(new NodeExchange(request, response))
  // `RapidResets` closes a connection first. By default, Node would close one that resets 33 streams a second.
  const allowed = resetAllowance(limits)
  const resets = { streamResetBurst: 5 * allowed, streamResetRate: 2 * allowed }
  const server = createNodeHttp2Server({ settings, ...resets }, handle)
    // An error of a session is the fault of its client, and closes only this session.
    .on('sessionError', () => {})
    .on('connect', (...parts: [NodeRequest, NodeResponse]) => refuseMethod(new NodeExchange(...parts), ''))
    .on('checkExpectation', handle)
    .on('checkContinue', (request: NodeRequest, response: NodeResponse) => {
      expectContinue(request)
      handle(request, response)
    })
  return handleStreams(server, handler)
}

// Node's own listener makes its objects for a request, and handles the special ones.
function handleStreams(server: Http2Server, handler: ExchangeHandler): Http2Server {
  const [handleInNode] = server.listeners('stream') as StreamListener[]
  const onStream: StreamListener = (stream, headers, flags, rawHeaders) => {
    // Its client has reset it already. It can still fail, and without a listener that would end the process.
    if (stream.closed) stream.on('error', () => {})
    else if (headers.expect !== undefined || headers[':method'] === 'CONNECT') {
      handleInNode?.call(server, stream, headers, flags, rawHeaders)
    } else handler(new StreamExchange(stream, headers, rawHeaders))
  }
  return server.removeAllListeners('stream').on('stream', onStream)
}

/** Node passes the raw headers, too, which its types leave out. */
type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: string[],
) => void

function listen(
  server: Server,
  room: Room,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(unusableAddress(error))
    server.once('error', fail)
    server.listen(port, host, () => {
      // From now on an error means that a connection could not be accepted, because descriptors run short.
      server.off('error', fail).on('error', (error) => room.make(error))
      resolve(server.address() as AddressInfo)
    })
  })
}
