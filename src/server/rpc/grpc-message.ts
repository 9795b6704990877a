import type { UniversalServerResponse } from '@connectrpc/connect/protocol'

/**
 * The text for `grpc-message`, with only the percent-encoding that the gRPC specification requires. grpc-js does not
 * decode more: its users would see `%3A` and `%2C` for `:` and `,`.
 */
export function encodeGrpcMessage(text: string): string {
  return text.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent)
}

/** Rewrites `grpc-message`, because the RPC library encodes more characters than `encodeGrpcMessage` does. */
export function withPlainGrpcMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { header, trailer, body } = response
  if (body === undefined) return response
  return { ...response, body: rewriteAtEnd(body, [header, trailer]) }
}

// The trailer is complete only at the end of the body. An answer without a message has the status in the header, which
// is not sent before that.
async function* rewriteAtEnd(body: AsyncIterable<Uint8Array>, headers: readonly (Headers | undefined)[]) {
  yield* body
  for (const fields of headers) {
    const message = fields?.get('grpc-message')
    if (message) fields?.set('grpc-message', encodeGrpcMessage(decodeURIComponent(message)))
  }
}
