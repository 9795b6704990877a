import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request of either HTTP version. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** A response of either HTTP version. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** Handles a request of either HTTP version. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void

/** Answers a request to a path of its own; false for any other path. */
export type PathHandler = (request: NodeRequest, response: NodeResponse, path: string, query: string) => boolean

/** Answers with JSON, as text or in UTF-8. Does nothing where the client is gone, or an answer is on its way. */
export function sendJson(
  response: NodeResponse,
  status: number,
  json: string | Buffer,
  headers?: Readonly<Record<string, string>> | undefined,
): void {
  if (response.headersSent || response.destroyed) return
  const isHead = response.req.method === 'HEAD'
  // Both versions take these arguments; their overloads differ, so that a union of them can't be called.
  const { writeHead } = response as ServerResponse
  writeHead.call(response, status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  if (isHead) response.end()
  else response.end(json)
}

/** Calls back when the whole answer has been handed to the system. */
export function onceAnswered(response: NodeResponse, callback: () => void): void {
  // Over HTTP/2 the response itself says so only once its stream is closed, for which the request must have ended.
  const writable = 'stream' in response ? response.stream : response
  writable.once('finish', callback)
}

/** Facts about an error beside its text. */
export interface ErrorFacts {
  /** More keys of the body. */
  readonly facts?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers with the error body of the REST contract. */
export function sendError(
  response: NodeResponse,
  status: number,
  message: string,
  { facts = {}, headers }: ErrorFacts = {},
): void {
  sendJson(response, status, JSON.stringify({ error: message, ...facts }), headers)
}

/** The words for an HTTP method that a path does not have. They are part of the REST contract. */
export const INVALID_METHOD = 'Invalid request method.'

/** Answers an HTTP method that the path does not have; `allow` lists those that it has. */
export function refuseMethod(response: NodeResponse, allow: string): void {
  sendError(response, 405, INVALID_METHOD, { headers: { allow } })
}
