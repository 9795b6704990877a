import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { cancellationOf } from '../calls/cancellation.ts'
import { decodeAnswer, encodeCall, protoEncoding } from './connect-codec.ts'
import type { Connection, ConnectionOptions } from './connection.ts'
import { parseTarget } from './exchange.ts'
import { sendOverHttp1 } from './http1.ts'
import { sayUnavailable } from './say-unavailable.ts'

/**
 * Opens a connection for a program that makes few calls and should start fast, such as the command line: the Connect
 * protocol over HTTP/1.1, for unary calls without interceptors. It loads neither HTTP/2 nor the `fetch` of Node, because
 * either of them takes longer than a call.
 */
export function connectForUnary({ baseUrl, tls }: Pick<ConnectionOptions, 'baseUrl' | 'tls'>): Connection {
  const target = parseTarget(baseUrl, tls)
  const basePath = new URL(baseUrl).pathname.replace(/\/$/, '')
  const transport: Transport = {
    async unary(method, signal, timeoutMs, headers, input) {
      const call = encodeCall(basePath, { method, input, headers: toRecord(headers), timeoutMs }, protoEncoding)
      const answer = await sendOverHttp1(target, call, cancellationOf(signal)).catch((error) => {
        throw sayUnavailable(error)
      })
      return {
        stream: false as const,
        service: method.parent,
        method,
        message: decodeAnswer(method.output, answer, protoEncoding),
        header: emptyHeaders,
        trailer: emptyHeaders,
      }
    },
    stream: () => Promise.reject(new ConnectError('this connection is for unary calls', Code.Unimplemented)),
  }
  return { transport, close: () => {} }
}

// Nobody reads the headers of an answer, and a real `Headers` would load the `fetch` of Node.
const emptyHeaders = {} as Headers

/** The headers as a plain object. Those of the client are one already, and a real `Headers` would load the `fetch` of Node. */
export function toRecord(headers: ConstructorParameters<typeof Headers>[0]): Record<string, string> {
  const isPlain =
    headers !== undefined && !Array.isArray(headers) && Object.getPrototypeOf(headers) === Object.prototype
  return isPlain ? (headers as Record<string, string>) : Object.fromEntries(new Headers(headers))
}
