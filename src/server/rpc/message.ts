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
import { toEnvelope } from './envelopes.ts'

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

/** A message in JSON, or in protobuf and an envelope, which Connect takes off. */
export type Payload = string | Buffer

/** Encodes a message as `decodeMessage` decodes it. */
export function encodeMessage<Desc extends DescMessage>(
  schema: Desc,
  fields: MessageInitShape<Desc>,
  json: JsonOptions | undefined,
): Payload {
  const message = create(schema, fields)
  return json === undefined ? toEnvelope(toBinary(schema, message)) : toJsonString(schema, message, json)
}
