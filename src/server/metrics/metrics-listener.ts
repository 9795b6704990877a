import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../telemetry/logger.ts'
import type { HostRule } from '../http/host-rule.ts'
import { unusableAddress } from '../listen/unusable-address.ts'

/** The time for the headers of a request, in milliseconds. */
const HEADERS_MS = 7_000

/** The most connections at once. A server has few readers of its metrics. */
const MAX_CONNECTIONS = 64

/** The text of the metrics, and its content type. */
export interface MetricsSource {
  readonly contentType: string
  read(): Promise<string>
}

/** The parts of a listener for metrics. */
export interface MetricsListenerOptions {
  readonly source: MetricsSource
  /** Decides which hosts requests may be sent to, so that no web page can read the metrics by a name of its own. */
  readonly hostRule: HostRule
  readonly log: Logger
}

/** Serves `/metrics`, and nothing else. */
export interface MetricsListener {
  /** Rejects if it cannot listen. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Ends all connections at once. */
  close(): Promise<void>
}

/** Makes a listener of its own for metrics, so that the clients of the registry cannot read them. */
export function createMetricsListener(options: MetricsListenerOptions): MetricsListener {
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS }, (request, response) => {
    void answer(options, request, response)
  })
  server.maxConnections = MAX_CONNECTIONS
  return { listen: (host, port) => listen(server, host, port), close: () => close(server) }
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  server.listen(port, host)
  await once(server, 'listening').catch((error) => Promise.reject(unusableAddress(error)))
  return server.address() as AddressInfo
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

async function answer(
  { source, hostRule, log }: MetricsListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? '').split('?')
  const wrongHost = hostRule.refusalOf(request.headers.host ?? '')
  if (wrongHost !== undefined) return send(response, 403, wrongHost.message)
  if (path !== '/metrics') return send(response, 404, 'this path does not exist; use /metrics.')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return send(response, 405, `the method ${request.method} is not allowed; use GET.`)
  }
  try {
    send(response, 200, await source.read(), source.contentType)
  } catch (error) {
    log.error({ err: error }, 'the metrics could not be read')
    send(response, 500, 'the metrics could not be read; see the log of the server.')
  }
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  const body = text.endsWith('\n') ? text : `${text}\n`
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
