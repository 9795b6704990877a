import type { Server } from 'node:http'
import type { Http2Server, ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../../telemetry/logger.ts'
import type { ExchangeHandler } from '../http/exchange.ts'
import type { Limits } from '../limits.ts'
import { Connections } from './connections.ts'
import { HalfClosedClients } from './half-closed-clients.ts'
import { handleHttp1 } from './http1-requests.ts'
import { createHttp1Server } from './http1-server.ts'
import { createHttp2Server } from './http2-server.ts'
import { PipelinedRequests } from './pipelined-requests.ts'
import { detectProtocol, joinUntaken } from './protocol-detection.ts'
import { RapidResets } from './rapid-resets.ts'
import { Room } from './room.ts'
import { closeSlowClients } from './slow-clients.ts'
import { stopGracefully } from './stop.ts'
import { createTlsFront, type TlsMaterial } from './tls.ts'
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
