import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { requireBodyForPeople } from './error-texts.ts'

/** A whole answer over HTTP/1.1. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

export interface SendOptions {
  /** Default: POST with a body, else GET. */
  readonly method?: string
  /** Sent as JSON. Bytes are sent unchanged. */
  readonly body?: unknown
  /** Headers in addition to a `content-type` of JSON. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: a new connection. */
  readonly agent?: Agent
  readonly timeoutMs?: number
}

/** Sends a request with exactly this path. `fetch` would resolve its dots. */
export function sendJson(url: string, path: string, options: SendOptions = {}): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url)
  const { body, method = body === undefined ? 'GET' : 'POST', agent = false, timeoutMs } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...{ hostname, port, path, method, agent },
      headers: { 'content-type': 'application/json', ...options.headers },
      ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs) }),
    })
    request.on('error', reject).on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      const toAnswer = (whole: string): HttpAnswer => {
        if (status >= 400) requireBodyForPeople(whole)
        return { status, text: whole, headers }
      }
      text(response).then(toAnswer).then(resolve, reject)
    })
    request.end(body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body))
  })
}
