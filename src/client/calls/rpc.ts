import type { DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type { Connection, Exchange, UnaryMethod } from '../transports/connection.ts'

type Methods = typeof ServiceRegistry.method

/** The methods of a registry. */
export type Rpc = {
  readonly [K in keyof Methods]: (
    request: MessageInitShape<Methods[K]['input']>,
    exchange: Exchange,
  ) => Promise<MessageShape<Methods[K]['output']>>
}

/** The methods of the registry at the other end of a connection. */
export function createRpc({ transport, unary = unaryOf(transport) }: Connection): Rpc {
  const methods: [string, unknown][] = Object.entries<DescMethod>(ServiceRegistry.method).map(([name, method]) => [
    name,
    (request: object, exchange: Exchange) => unary(method as UnaryMethod, request, exchange),
  ])
  return Object.fromEntries(methods) as Rpc
}

function unaryOf(transport: Transport): NonNullable<Connection['unary']> {
  return async (method, input, { cancellation, timeoutMs, headers }) => {
    const { message } = await transport.unary(
      method,
      cancellation.signal,
      timeoutMs,
      { ...headers },
      input as Record<string, unknown>,
    )
    return message
  }
}
