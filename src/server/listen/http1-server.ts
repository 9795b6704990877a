import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { expectContinue } from '../http/body/unfinished-bodies.ts'
import type { Limits } from '../limits.ts'
import type { Connections } from './connections.ts'
import { refuseTunnel, refuseUnreadable } from './unreadable-requests.ts'

/** Makes the server of HTTP/1.1. It refuses requests that are not valid HTTP, and passes all others to `handler`. */
export function createHttp1Server(limits: Limits, connections: Connections, handler: RequestListener): Server {
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
