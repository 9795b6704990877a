import type { UniversalServerResponse } from '@connectrpc/connect/protocol'

/**
 * Rewrites `grpc-message` with only the percent-encoding that the gRPC specification requires. The RPC library encodes
 * more characters, and grpc-js does not decode all of them: its users would see `%3A` and `%2C` for `:` and `,`.
 */
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
    if (message) fields?.set('grpc-message', plainGrpcMessage(message))
  }
}

/** The text of `grpc-message` with only the percent-encoding that the gRPC specification requires. */
export function plainGrpcMessage(encoded: string): string {
  return decodeURIComponent(encoded).replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent)
}
