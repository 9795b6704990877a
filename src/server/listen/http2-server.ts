import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { expectContinue } from '../http/body/unfinished-bodies.ts'
import type { ExchangeHandler } from '../http/exchange.ts'
import { NodeExchange } from '../http/node-exchange.ts'
import type { NodeRequest, NodeResponse } from '../http/node-http.ts'
import { refuseMethod } from '../http/send.ts'
import { StreamExchange } from '../http/stream-exchange.ts'
import type { Limits } from '../limits.ts'
import { resetAllowance } from './rapid-resets.ts'

/** Makes the server of HTTP/2. It does not listen: the listener gives it connections. */
export function createHttp2Server(limits: Limits, handler: ExchangeHandler): Http2Server {
  const settings = { maxConcurrentStreams: limits.concurrentStreams, maxHeaderListSize: limits.headerBytes }
  const handle = (request: NodeRequest, response: NodeResponse) => handler(new NodeExchange(request, response))
  // `RapidResets` closes a connection first. By default, Node would close one that resets 33 streams a second.
  const allowed = resetAllowance(limits)
  const resets = { streamResetBurst: 5 * allowed, streamResetRate: 2 * allowed }
  const server = createServer({ settings, ...resets }, handle)
    // An error of a session is the fault of its client, and closes only this session.
    .on('sessionError', () => {})
    .on('connect', (...parts: [NodeRequest, NodeResponse]) => refuseMethod(new NodeExchange(...parts), ''))
    .on('checkExpectation', handle)
    .on('checkContinue', (request: NodeRequest, response: NodeResponse) => {
      expectContinue(request)
      handle(request, response)
    })
  return handleStreams(server, handler)
}

// Node's own listener makes its objects for a request, and handles the special ones.
function handleStreams(server: Http2Server, handler: ExchangeHandler): Http2Server {
  const [handleInNode] = server.listeners('stream') as StreamListener[]
  const onStream: StreamListener = (stream, headers, flags, rawHeaders) => {
    // Its client has reset it already. It can still fail, and without a listener that would end the process.
    if (stream.closed) stream.on('error', () => {})
    else if (headers.expect !== undefined || headers[':method'] === 'CONNECT') {
      handleInNode?.call(server, stream, headers, flags, rawHeaders)
    } else handler(new StreamExchange(stream, headers, rawHeaders))
  }
  return server.removeAllListeners('stream').on('stream', onStream)
}

/** Node passes the raw headers, too, which its types leave out. */
type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: string[],
) => void
