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
  succeed: (payload, reply) => {
    const body = typeof payload === 'string' ? payload : payload.subarray(ENVELOPE_HEAD)
    return toAnswer(200, reply.wire.headers, body, reply)
  },
  fail: (error: ConnectError, reply) => {
    const body = JSON.stringify(errorToJson(error, reply.parts.json))
    return toAnswer(codeToHttpStatus(error.code), withMetadata(JSON_TYPE, error.metadata), body, reply)
  },
}

function toAnswer(status: number, fields: Fields, body: string | Buffer, reply: Reply): Answer | Promise<Answer> {
  const { isGzip, ownMetadata } = reply
  const headers = ownMetadata ? withOwn(fields, ownMetadata) : fields
  // Node sends a text together with the headers, which costs less than bytes behind them.
  if (!isGzip || Buffer.byteLength(body) < COMPRESS_MIN_BYTES) return { status, headers, body }
  const packed = gzip.compress(Buffer.from(body))
  return packed.then((bytes) => ({ status, headers: { ...headers, 'content-encoding': 'gzip' }, body: bytes }))
}

// Trailers are headers with a prefix.
function withOwn(fields: Fields, { responseHeaders, responseTrailers }: NonNullable<Reply['ownMetadata']>): Fields {
  return withMetadata(withMetadata(fields, responseHeaders), responseTrailers, 'trailer-')
}
