import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ConnectError } from '@connectrpc/connect'
import { encodeGrpcMessage } from '../grpc-message.ts'
import { type Fields, withMetadata } from './protocol.ts'

/** The status of a call that succeeded. */
export const OK: Fields = { 'grpc-status': '0' }

/** The status of a call that failed, with the details and the metadata of its error. */
export function toStatus(error: ConnectError): Fields {
  const { code, rawMessage, details, metadata } = error
  const encoded = details.length === 0 ? '' : encodeDetails(error)
  const message = shorten(rawMessage, Math.max(LEAST_MESSAGE, MOST_FIELDS - encoded.length))
  const status = { 'grpc-status': `${code}`, 'grpc-message': message }
  return withMetadata(encoded === '' ? status : { ...status, 'grpc-status-details-bin': encoded }, metadata)
}

// The libraries of gRPC for Python and Java refuse fields of more than 8 KiB. Their users would get another error. A letter
// beyond ASCII takes up to 9 bytes in the message. The details have the whole message.
const MOST_FIELDS = 7_500
const LEAST_MESSAGE = 1_024

/** Encodes a message. If that takes more bytes than `most`, only the beginning of it. */
function shorten(message: string, most: number): string {
  const whole = encodeGrpcMessage(message)
  if (whole.length <= most) return whole
  let text = ''
  for (const char of message) {
    const next = text + encodeGrpcMessage(char)
    if (next.length > most) break
    text = next
  }
  return text + encodeGrpcMessage('…')
}

// A message `google.rpc.Status` in base64 without padding, as the specification of gRPC asks.
function encodeDetails({ code, rawMessage, details }: ConnectError): string {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.Varint).int32(code)
  writer.tag(2, WireType.LengthDelimited).string(rawMessage.toWellFormed())
  for (const detail of details) {
    const { type, value } = encodeDetail(detail)
    // A message `google.protobuf.Any`.
    writer.tag(3, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string(`type.googleapis.com/${type}`)
    writer.tag(2, WireType.LengthDelimited).bytes(value).join()
  }
  return Buffer.from(writer.finish()).toString('base64').replace(/=+$/, '')
}

function encodeDetail(detail: ConnectError['details'][number]): { type: string; value: Uint8Array } {
  if (!('desc' in detail)) return detail
  return { type: detail.desc.typeName, value: toBinary(detail.desc, create(detail.desc, detail.value)) }
}
