import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf'
import { createContextValues, type Interceptor, type Transport, type UnaryResponse } from '@connectrpc/connect'
import { createMethodUrl, runUnaryCall } from '@connectrpc/connect/protocol'
import { trailerDemux } from '@connectrpc/connect/protocol-connect'
import { decodeAnswer, type Encoding, encodeCall, protoEncoding, type UnaryCall } from './connect-codec.ts'
import type { Connection, ConnectionOptions } from './connection.ts'
import { decompress } from './decompress.ts'
import { type IncomingAnswer, parseTarget } from './exchange.ts'
import { NodePeer } from './node-peer.ts'
import { createStreams, type StreamOptions } from './node-streams.ts'
import { sayUnavailable } from './say-unavailable.ts'
import { toRecord } from './unary-transport.ts'

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
  const unary: Transport['unary'] =
    interceptors.length === 0
      ? (method, signal, timeoutMs, headers, input) =>
          sender.send({ method, input, headers: toRecord(headers), timeoutMs }, signal)
      : intercepted(sender, baseUrl, interceptors)
  const stream = createStreams(peer.agent, { ...streamOptions, baseUrl, interceptors: [...interceptors] })
  return { transport: { unary, stream }, close: () => peer.close() }
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

  /** Makes a call. The time limit is only told to the server: the signal must abort when it is over. */
  async send<I extends DescMessage, O extends DescMessage>(
    call: UnaryCall<I, O>,
    signal: AbortSignal | undefined,
  ): Promise<UnaryResponse<I, O>> {
    const { method } = call
    try {
      const answer = await this.#peer.send(encodeCall(this.#basePath, call, this.#encoding), signal)
      const compression = answer.headers['content-encoding']
      const plain = compression === undefined ? answer : await decompress(answer, compression, this.#encoding.maxBytes)
      return new Answer(method, decodeAnswer(method.output, plain, this.#encoding), answer)
    } catch (error) {
      throw signal?.aborted ? error : sayUnavailable(error)
    }
  }
}

/** An answer whose headers are made only if somebody reads them. */
class Answer<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false
  readonly method: DescMethodUnary<I, O>
  readonly message: MessageShape<O>
  readonly #answer: IncomingAnswer

  constructor(method: DescMethodUnary<I, O>, message: MessageShape<O>, answer: IncomingAnswer) {
    this.method = method
    this.message = message
    this.#answer = answer
  }

  get service() {
    return this.method.parent
  }

  get header(): Headers {
    return this.#split()[0]
  }

  get trailer(): Headers {
    return this.#split()[1]
  }

  #split(): [header: Headers, trailer: Headers] {
    const fields = Object.entries(this.#answer.headers).filter(([name]) => !name.startsWith(':'))
    return trailerDemux(
      new Headers(
        fields.flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, each])),
      ),
    )
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
      next: async ({ header, message, signal }) => {
        const call = { method, input: message, headers: Object.fromEntries(header), timeoutMs: undefined }
        const { service, message: answered, header: answerHeader, trailer } = await sender.send(call, signal)
        return { stream: false, service, method, message: answered, header: answerHeader, trailer }
      },
    })
  }
}
