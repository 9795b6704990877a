/** The headers of a gRPC call. */
export const GRPC_HEADERS = { 'content-type': 'application/grpc', te: 'trailers' } as const

/** A message as gRPC sends it: one byte for "not compressed", four bytes for the length, and the message. */
export function grpcMessage(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([prefix, message])
}

/** A field of a message of etcd: text of less than 16,384 bytes. */
export function textField(number: number, text: string): Buffer {
  const length = text.length < 128 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7]
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), Buffer.from(text)])
}

/** A field of a message of etcd that is true. */
export function trueField(number: number): Buffer {
  return Buffer.from([number << 3, 1])
}
