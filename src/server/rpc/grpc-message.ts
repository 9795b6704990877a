import type { UniversalServerResponse } from '@connectrpc/connect/protocol'

/**
 * Writes `grpc-message` as the gRPC specification has it, with as little percent-encoding as possible. The RPC library
 * encodes more, and grpc-js does not decode all of that: `:` and `,` would come out as `%3A` and `%2C`.
 */
export function withPlainGrpcMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { header, trailer, body } = response
  if (body === undefined) return response
  return { ...response, body: rewriteAtEnd(body, [header, trailer]) }
}

// The trailer is complete only when the body is. An answer without a body has it in the header, not sent until then.
async function* rewriteAtEnd(body: AsyncIterable<Uint8Array>, headers: readonly (Headers | undefined)[]) {
  yield* body
  for (const fields of headers) {
    const message = fields?.get('grpc-message')
    if (message) fields?.set('grpc-message', encode(decodeURIComponent(message)))
  }
}

function encode(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent)
}
