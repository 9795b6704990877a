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
  const status = { 'grpc-status': `${code}`, 'grpc-message': encodeGrpcMessage(rawMessage) }
  if (details.length === 0) return withMetadata(status, metadata)
  return withMetadata({ ...status, 'grpc-status-details-bin': encodeDetails(error) }, metadata)
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
