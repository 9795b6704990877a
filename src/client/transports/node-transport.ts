import type { IncomingHttpHeaders } from 'node:http'
import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf'
import { createContextValues, type Interceptor, type Transport } from '@connectrpc/connect'
import { createMethodUrl, runUnaryCall } from '@connectrpc/connect/protocol'
import { trailerDemux } from '@connectrpc/connect/protocol-connect'
import { cancellationOf } from '../calls/cancellation.ts'
import { decodeAnswer, type Encoding, encodeCall, protoEncoding } from './connect-codec.ts'
import type { Connection, ConnectionOptions, Exchange } from './connection.ts'
import { decompress } from './decompress.ts'
import { parseTarget } from './exchange.ts'
import { NodePeer } from './node-peer.ts'
import { createStreams, type StreamOptions } from './node-streams.ts'
import { sayUnavailable } from './say-unavailable.ts'

/** The encoding of the client for Node. */
export const nodeEncoding: Encoding = { ...protoEncoding, usesGet: true, accept: 'gzip' }

/**
 * Opens a connection over the Connect protocol, and HTTP/2 or HTTP/1.1. The conformance suite also runs it with other
 * encodings, and other options of streams.
 */
export function connectFromNode(
  { baseUrl, tls, interceptors }: Omit<ConnectionOptions, 'tlsField'>,
  encoding = nodeEncoding,
  streamOptions: Partial<StreamOptions> = {},
): Connection {
  const peer = new NodePeer(parseTarget(baseUrl, tls))
  const sender = new Sender(peer, baseUrl, encoding)
  const unary = intercepted(sender, baseUrl, interceptors)
  const stream = createStreams(peer.agent, { ...streamOptions, baseUrl, interceptors: [...interceptors] })
  return {
    transport: { unary, stream },
    unary: interceptors.length > 0 ? undefined : (method, input, exchange) => sender.send(method, input, exchange),
    close: () => peer.close(),
  }
}

class Sender {
  readonly #peer: NodePeer
  readonly #basePath: string
  readonly #encoding: Encoding

  constructor(peer: NodePeer, baseUrl: string, encoding: Encoding) {
    this.#peer = peer
    this.#basePath = new URL(baseUrl).pathname.replace(/\/$/, '')
    this.#encoding = encoding
  }

  /** Makes a call. `onHeaders` gets the headers of the answer. */
  async send<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: object,
    { headers, timeoutMs, cancellation }: Exchange,
    onHeaders?: (headers: IncomingHttpHeaders) => void,
  ): Promise<MessageShape<O>> {
    try {
      const call = encodeCall(this.#basePath, { method, input, headers, timeoutMs }, this.#encoding)
      const answer = await this.#peer.send(call, cancellation)
      onHeaders?.(answer.headers)
      const compression = answer.headers['content-encoding']
      const plain = compression === undefined ? answer : await decompress(answer, compression, this.#encoding.maxBytes)
      return decodeAnswer(method.output, plain, this.#encoding)
    } catch (error) {
      throw cancellation.isCanceled ? error : sayUnavailable(error)
    }
  }
}

// The interceptors get the same values as those of the transports of Connect, which also end a call at its deadline.
function intercepted(sender: Sender, baseUrl: string, interceptors: readonly Interceptor[]): Transport['unary'] {
  return (method, signal, timeoutMs, headers, input, contextValues = createContextValues()) => {
    const header = new Headers(headers)
    if (timeoutMs !== undefined) header.set('connect-timeout-ms', `${timeoutMs}`)
    const url = createMethodUrl(baseUrl, method)
    const request = { stream: false, service: method.parent, method, requestMethod: 'POST', url, header } as const
    return runUnaryCall({
      interceptors: [...interceptors],
      req: { ...request, contextValues, message: input },
      ...(signal && { signal }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      next: async ({ header: sent, message: input, signal }) => {
        const cancellation = cancellationOf(signal)
        const exchange = { headers: Object.fromEntries(sent), timeoutMs: undefined, cancellation }
        let answered: IncomingHttpHeaders = {}
        const message = await sender.send(method, input, exchange, (headers) => {
          answered = headers
        })
        const [header, trailer] = splitTrailers(answered)
        return { stream: false, service: method.parent, method, message, header, trailer }
      },
    })
  }
}

function splitTrailers(headers: IncomingHttpHeaders): [header: Headers, trailer: Headers] {
  const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'))
  return trailerDemux(
    new Headers(fields.flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, each]))),
  )
}
