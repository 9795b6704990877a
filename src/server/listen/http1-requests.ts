import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { quote } from '../../domain/errors.ts'
import type { ExchangeHandler } from '../http/exchange.ts'
import { toHostName } from '../http/host-rule.ts'
import { NodeExchange } from '../http/node-exchange.ts'
import { sendError } from '../http/send.ts'
import { explainUnreadable } from './unreadable-requests.ts'

/**
 * Applies the rules of HTTP/1.1 that Node's parser leaves to the server, and then calls `handler`. A request that breaks
 * one of them ends its connection, because nobody knows where the next request begins.
 */
export function handleHttp1(handler: ExchangeHandler, request: IncomingMessage, response: ServerResponse): void {
  if (request.httpVersionMinor === 0) request.headers.host ??= ownHost(request.socket)
  // Node's parser drops the requests behind one with `Upgrade`. Their sender has to learn that.
  if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close')
  const [status, message] = problemOf(request) ?? []
  const exchange = new NodeExchange(request, response)
  if (status !== undefined) {
    const [facts, headers] = [{ reason: 'INVALID_REQUEST' }, { connection: 'close' }]
    sendError(exchange, status, message ?? '', { facts, headers })
  } else if (request.url === '*' && hasValidHost(request)) response.writeHead(204).end()
  else handler(exchange)
}

type Problem = readonly [status: number, message: string]

function problemOf(request: IncomingMessage): Problem | undefined {
  const { url = '', headers, method } = request
  const encoding = headers['transfer-encoding']
  if (request.httpVersionMajor !== 1) return [505, explainUnreadable(505)]
  if (encoding !== undefined && request.httpVersionMinor === 0) return [400, NO_CHUNKS]
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') return [501, explainEncoding(encoding)]
  // Only OPTIONS may be about the server as a whole (RFC 9112, section 3.2.4).
  if (url.startsWith('/') || (url === '*' && method === 'OPTIONS')) return undefined
  return readAbsoluteTarget(request) ? undefined : [400, explainTarget(url)]
}

const NO_CHUNKS = 'an HTTP/1.0 request cannot have a transfer-encoding; use a content-length, or HTTP/1.1.'

function explainEncoding(encoding: string): string {
  return `the transfer-encoding ${quote(encoding)} is not supported; use chunked, or a content-length.`
}

function explainTarget(target: string): string {
  return `the request target ${quote(target)} is not valid; use a path, or a URL with http or https.`
}

// Health checks of load balancers use HTTP/1.0 without the header `Host`. They mean the address that they connect to.
function ownHost({ localAddress = '', localPort }: Socket): string {
  return `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`
}

function hasValidHost({ headers }: IncomingMessage): boolean {
  return toHostName(headers.host ?? '') !== undefined
}

// A proxy may send the whole URL. Its host then counts, not that of the header `Host` (RFC 9112, section 3.2.2). The
// handler refuses a missing or wrong header all the same (section 3.2).
function readAbsoluteTarget(request: IncomingMessage): boolean {
  const [whole, host] = /^https?:\/\/([^/?#@]+)(?=[/?]|$)/i.exec(request.url ?? '') ?? []
  if (whole === undefined || host === undefined) return false
  const rest = request.url?.slice(whole.length) ?? ''
  if (hasValidHost(request)) request.headers.host = host
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  return true
}
