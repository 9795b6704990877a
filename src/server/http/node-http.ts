import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Writable } from 'node:stream'
import { PART_BYTES } from './parts.ts'

/** A request of either HTTP version. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** A response of either HTTP version. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** A request and its response. */
export interface Exchange {
  readonly request: NodeRequest
  readonly response: NodeResponse
}

/** Handles a request of either HTTP version. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void

/** Answers a request if it serves the path. Returns false for any other path. */
export type PathHandler = (request: NodeRequest, response: NodeResponse, path: string, query: string) => boolean

/** Answers with JSON, as text or as UTF-8. Does nothing if the client is gone or an answer has begun. */
export function sendJson(
  response: NodeResponse,
  status: number,
  json: string | Buffer,
  headers?: Readonly<Record<string, string>> | undefined,
): void {
  if (response.headersSent || response.destroyed) return
  const isHead = response.req.method === 'HEAD'
  // Both versions accept these arguments, but TypeScript cannot call the union of their overloads.
  const { writeHead } = response as ServerResponse
  writeHead.call(response, status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  if (isHead) response.end()
  else if ('stream' in response && json.length > PART_BYTES) endInParts(response, Buffer.from(json))
  else response.end(json)
}

function endInParts(response: Http2ServerResponse, bytes: Buffer): void {
  if (bytes.length <= PART_BYTES) return void response.end(bytes)
  response.write(bytes.subarray(0, PART_BYTES), (error?: Error | null) => {
    if (!error) endInParts(response, bytes.subarray(PART_BYTES))
  })
}

/** Calls back once the whole answer has been passed to the operating system. */
export function onceAnswered(response: NodeResponse, callback: () => void): void {
  writableOf(response).once('finish', callback)
}

/** Calls back as `onceAnswered` does, or once the client is gone. Returns false if that has already happened. */
export function onceOver(response: NodeResponse, callback: () => void): boolean {
  const writable = writableOf(response)
  // Node finishes the stream of a HEAD request over HTTP/2 before the answer.
  const isHead = 'stream' in response && response.req.method === 'HEAD'
  if (writable.destroyed || (writable.writableFinished && !isHead)) return false
  const over = () => {
    writable.off('finish', over).off('close', over)
    callback()
  }
  if (!isHead) writable.once('finish', over)
  writable.once('close', over)
  return true
}

/** Ends an exchange at once. Over HTTP/1.1 this closes the connection. */
export function cutOff({ response }: Exchange): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_CANCEL)
  writableOf(response).destroy()
}

// Over HTTP/2, the response itself finishes only with its stream, which waits for the end of the request.
function writableOf(response: NodeResponse): Writable {
  return 'stream' in response ? response.stream : response
}

/** The parts of an error's answer in addition to its text. */
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

/** The text for an HTTP method that a path does not allow. It is part of the REST contract. */
export const INVALID_METHOD = 'Invalid request method.'

/** Answers 405 for an HTTP method that the path does not allow. `allow` lists the allowed methods. */
export function refuseMethod(response: NodeResponse, allow: string): void {
  sendError(response, 405, INVALID_METHOD, { headers: { allow } })
}
