import type { ConnectError } from '@connectrpc/connect'
import type { Answer } from '../../http/exchange.ts'
import { OK, toStatus } from './grpc-status.ts'
import { pack } from './pack.ts'
import { type Protocol, type Reply, withMetadata } from './protocol.ts'

/** gRPC: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export const grpc: Protocol = {
  name: 'grpc',
  isEnveloped: true,
  compression: { encoding: 'grpc-encoding', accepts: 'grpc-accept-encoding' },
  deadline: 'grpc-timeout',
  succeed: (payload, reply) => {
    const packed = pack(payload, reply.isGzip)
    return packed instanceof Promise ? packed.then((body) => toAnswer(body, reply)) : toAnswer(packed, reply)
  },
  fail,
}

function toAnswer(body: Buffer, { wire, isGzip, ownMetadata }: Reply): Answer {
  return {
    status: 200,
    headers: withMetadata(isGzip ? wire.gzipHeaders : wire.headers, ownMetadata?.responseHeaders),
    body,
    trailers: withMetadata(OK, ownMetadata?.responseTrailers),
  }
}

// An error before any message is sent in one frame, which gRPC calls Trailers-Only. Clients obey their retry policy only
// then: an answer that begins with a frame of headers ends their tries.
function fail(error: ConnectError, { wire, ownMetadata }: Reply): Answer {
  const status = withMetadata(toStatus(error), ownMetadata?.responseTrailers)
  const headers = ownMetadata?.responseHeaders
  // A client takes all fields of the one frame for trailers, so headers of a method need a frame of their own.
  if (headers !== undefined && [...headers].length > 0) {
    return { status: 200, headers: withMetadata(wire.headers, headers), trailers: status }
  }
  return { status: 200, headers: { ...status, ...wire.headers } }
}
