import type { ConnectError } from '@connectrpc/connect'
import { codeToHttpStatus, errorToJson } from '@connectrpc/connect/protocol-connect'
import { gzip } from '../../http/body/gzip.ts'
import type { Answer } from '../../http/exchange.ts'
import { ENVELOPE_HEAD } from '../envelopes.ts'
import { COMPRESS_MIN_BYTES, type Fields, type Protocol, type Reply, withMetadata } from './protocol.ts'

const JSON_TYPE: Fields = { 'content-type': 'application/json' }

/** Connect: https://connectrpc.com/docs/protocol#unary-request */
export const connect: Protocol = {
  name: 'connect',
  isEnveloped: false,
  compression: { encoding: 'content-encoding', accepts: 'accept-encoding' },
  deadline: 'connect-timeout-ms',
  succeed: (envelope, reply) => toAnswer(200, reply.wire.headers, envelope.subarray(ENVELOPE_HEAD), reply),
  fail: (error: ConnectError, reply) => {
    const body = Buffer.from(JSON.stringify(errorToJson(error, reply.json)))
    return toAnswer(codeToHttpStatus(error.code), withMetadata(JSON_TYPE, error.metadata), body, reply)
  },
}

function toAnswer(status: number, fields: Fields, body: Buffer, reply: Reply): Answer | Promise<Answer> {
  const { isGzip, ownMetadata } = reply
  const headers = ownMetadata ? withOwn(fields, ownMetadata) : fields
  if (!isGzip || body.length < COMPRESS_MIN_BYTES) return { status, headers, body }
  const packed = gzip.compress(body)
  return packed.then((bytes) => ({ status, headers: { ...headers, 'content-encoding': 'gzip' }, body: bytes }))
}

// Trailers are headers with a prefix.
function withOwn(fields: Fields, { responseHeaders, responseTrailers }: NonNullable<Reply['ownMetadata']>): Fields {
  return withMetadata(withMetadata(fields, responseHeaders), responseTrailers, 'trailer-')
}
