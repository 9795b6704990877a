import type { ConnectError } from '@connectrpc/connect'
import type { CallMetadata } from '../../call/context.ts'
import type { Answer } from '../../http/exchange.ts'
import type { CompressionHeaders } from '../compression.ts'
import type { DeadlineHeader } from '../deadline.ts'
import type { JsonOptions, Payload } from '../message.ts'

/** The fields of a head or of trailers. The names are in lower case. */
export type Fields = Readonly<Record<string, string>>

/** A protocol of unary calls: how it packs an answer. */
export interface Protocol {
  readonly name: 'connect' | 'grpc' | 'grpc-web'
  /** Whether the messages are in envelopes. Otherwise, a message is the whole body. */
  readonly isEnveloped: boolean
  readonly compression: CompressionHeaders
  readonly deadline: DeadlineHeader
  /** The answer with this message. A promise: it has to be compressed. */
  succeed(payload: Payload, reply: Reply): Answer | Promise<Answer>
  fail(error: ConnectError, reply: Reply): Answer | Promise<Answer>
}

/** The form of the messages of a call. */
export interface Wire {
  readonly protocol: Protocol
  readonly isJson: boolean
  /** The headers of an answer. */
  readonly headers: Fields
  /** The headers of an answer in which large messages are compressed. */
  readonly gzipHeaders: Fields
}

/** The facts about a call that its answer depends on. */
export interface Reply {
  readonly wire: Wire
  /** Whether large messages are compressed. */
  readonly isGzip: boolean
  /** Undefined: the method has set no metadata. */
  readonly ownMetadata: Pick<CallMetadata, 'responseHeaders' | 'responseTrailers'> | undefined
  readonly parts: { readonly json: JsonOptions }
}

/** The size from which messages are compressed, in bytes. */
export const COMPRESS_MIN_BYTES = 1024

/** Fields of the protocol together with those of a method, whose names get a prefix. */
export function withMetadata(fields: Fields, metadata: Headers | undefined, prefix = ''): Fields {
  if (metadata === undefined) return fields
  const all: Record<string, string> = {}
  for (const [name, value] of metadata) all[prefix + name] = value
  return { ...all, ...fields }
}
