import type { DescMethod } from '@bufbuild/protobuf'
import { RegistryError } from '../../../domain/errors.ts'
import { toWireError } from '../../call/wire-errors.ts'
import { bodyChunks } from '../../http/body/body-chunks.ts'
import { readContentType } from '../../http/content-type.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Limits } from '../../limits.ts'
import { ENVELOPE_HEAD, openEnvelope, toEnvelope } from '../envelopes.ts'
import { decodeMessage, type JsonOptions } from '../message.ts'
import { requireOne, splitEnvelopes } from './split-envelopes.ts'

/** The options for reading the messages of requests. */
export interface Reading {
  readonly limits: Limits
  readonly json: JsonOptions
}

/**
 * The body of a streaming RPC. Throws a `ConnectError` for a message that is too large or does not fit the method's
 * request. The RPC library decodes the messages, too, but its errors have no reason and no field, name options of the
 * library, and for protobuf even report a failure of the server.
 */
export async function* streamBody(
  exchange: Exchange,
  method: DescMethod,
  { limits, json }: Reading,
): AsyncGenerator<Uint8Array> {
  const { protocol, codec } = readContentType(exchange.headers['content-type'])
  const chunks = bodyChunks(exchange, limits, method.methodKind === 'bidi_streaming')
  const compression = exchange.headers[protocol === 'Connect' ? 'connect-content-encoding' : 'grpc-encoding']
  try {
    // The RPC library refuses another content type, and does not read the body.
    if (protocol === undefined) return yield* chunks
    const envelopes = splitEnvelopes(chunks, limits.bodyBytes)
    for await (const envelope of method.methodKind === 'server_streaming' ? requireOne(envelopes) : envelopes) {
      const message = await openEnvelope(envelope, compression as string | undefined, limits.bodyBytes)
      decodeMessage(method.input, message, codec === 'json' ? json : undefined)
      // The RPC library need not decompress the message again.
      yield message.length === envelope.length - ENVELOPE_HEAD ? envelope : toEnvelope(message)
    }
  } catch (error) {
    throw error instanceof RegistryError ? toWireError(error) : error
  }
}
