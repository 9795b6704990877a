import {
  create,
  type DescMessage,
  fromBinary,
  type JsonReadOptions,
  type JsonWriteOptions,
  type Message,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf'
import { requireSmallProto } from '../call/bounds.ts'
import { decodeJson, invalidRequest } from '../http/json.ts'
import { ENVELOPE_HEAD, toEnvelope } from './envelopes.ts'

/** The options for reading and writing messages as JSON. */
export type JsonOptions = Partial<JsonReadOptions & JsonWriteOptions>

/** Decodes JSON with these options, or protobuf without any. Throws a `RegistryError`. */
export function decodeMessage(schema: DescMessage, bytes: Uint8Array, json: JsonOptions | undefined): Message {
  if (json !== undefined) return decodeJson(schema, bytes, json)
  requireSmallProto(schema, bytes)
  try {
    return fromBinary(schema, bytes)
  } catch (error) {
    throw invalidRequest(error)
  }
}

/** Encodes a message as `decodeMessage` decodes it. The result is in an envelope, which Connect takes off. */
export function encodeMessage<Desc extends DescMessage>(
  schema: Desc,
  fields: MessageInitShape<Desc>,
  json: JsonOptions | undefined,
): Buffer {
  const message = create(schema, fields)
  if (json === undefined) return toEnvelope(toBinary(schema, message))
  const text = toJsonString(schema, message, json)
  const length = Buffer.byteLength(text)
  const envelope = Buffer.allocUnsafe(ENVELOPE_HEAD + length)
  envelope[0] = 0
  envelope.writeUInt32BE(length, 1)
  envelope.write(text, ENVELOPE_HEAD)
  return envelope
}
