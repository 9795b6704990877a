/** A protocol that has special content types. */
export type RpcProtocol = 'gRPC' | 'gRPC-Web' | 'Connect'

/** A content type of one of the protocols, taken apart. */
export interface ContentType {
  /** The protocol, if its messages are in envelopes; undefined: the body is a single message, or not an RPC. */
  readonly protocol: RpcProtocol | undefined
  /** The encoding of a message, such as `json`, in lower case; empty: the content type does not name one. */
  readonly codec: string
}

const protocols: Readonly<Record<string, RpcProtocol>> = { grpc: 'gRPC', 'grpc-web': 'gRPC-Web', connect: 'Connect' }

/** Reads a content type such as `application/grpc-web+proto`. All code that needs a content type calls this. */
export function readContentType(text = ''): ContentType {
  const [, protocol = '', codec = ''] =
    /^application\/(?:(grpc-web|grpc|connect)(?![\w-]))?\+?([\w.-]*)/i.exec(text) ?? []
  return { protocol: protocols[protocol.toLowerCase()], codec: codec.toLowerCase() }
}
