import type { ConnectError } from '@connectrpc/connect'
import type { Answer } from '../../http/exchange.ts'
import { toEnvelope } from '../envelopes.ts'
import { grpc } from './grpc.ts'
import { OK, toStatus } from './grpc-status.ts'
import { pack } from './pack.ts'
import { type Fields, type Protocol, type Reply, withMetadata } from './protocol.ts'

/** The flag of the envelope with the trailers, which end the body. */
const TRAILERS = 0x80

/** gRPC-Web: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md */
export const grpcWeb: Protocol = {
  ...grpc,
  name: 'grpc-web',
  succeed: (payload, reply) => {
    const { ownMetadata, isGzip } = reply
    const trailers = ownMetadata ? toTrailers(withMetadata(OK, ownMetadata.responseTrailers)) : OK_TRAILERS
    return toAnswer([pack(payload, isGzip), pack(trailers, isGzip)], reply)
  },
  fail: (error: ConnectError, reply) => {
    const status = withMetadata(toStatus(error), reply.ownMetadata?.responseTrailers)
    return toAnswer([pack(toTrailers(status), reply.isGzip)], reply)
  },
}

const OK_TRAILERS = toTrailers(OK)

function toTrailers(fields: Fields): Buffer {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return toEnvelope(Buffer.from(lines.join('')), TRAILERS)
}

function toAnswer(parts: readonly (Buffer | Promise<Buffer>)[], reply: Reply): Answer | Promise<Answer> {
  if (parts.some((part) => part instanceof Promise)) return Promise.all(parts).then((all) => toAnswer(all, reply))
  const { wire, isGzip, ownMetadata } = reply
  const headers = withMetadata(isGzip ? wire.gzipHeaders : wire.headers, ownMetadata?.responseHeaders)
  return { status: 200, headers, body: Buffer.concat(parts as readonly Buffer[]) }
}
