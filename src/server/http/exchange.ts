import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Credentials } from '../../domain/access/identity.ts'
import type { Observation } from '../../telemetry/requests/observation.ts'
import type { NodeRequest, NodeResponse } from './node-http.ts'

/** The whole answer to a request. */
export interface Answer {
  readonly status: number
  /** The names are in lower case. The length of the body is not among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, as bytes or as text. Undefined: the answer has no body. */
  readonly body?: Uint8Array | string | undefined
  /** The trailers after the body. Undefined: the answer has no trailers. */
  readonly trailers?: Readonly<Record<string, string>> | undefined
}

/** One request of either HTTP version, and the way to answer it. */
export interface Exchange extends Credentials {
  /** The HTTP method, in capitals. */
  readonly method: string
  /** The path and the query, as they were sent. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** The host and port that the request was sent to. Undefined: the request does not name them. */
  readonly authority: string | undefined
  /** The length of all names and values of the headers, if Node itself does not bound it; 0 otherwise. */
  readonly headerBytes: number
  /** The path below which an app has mounted the handler; empty: none. `target` begins after it. */
  readonly mountPath: string
  /** The address of the client, or of the last proxy before the server. Empty: the client is gone. */
  readonly address: string
  /** An object that all requests of one connection share. */
  readonly connection: object
  /** The body of the request. Read it with `readBodyAs`, which is bounded. */
  readonly source: Readable
  /** Whether the headers tell that the request has no body. */
  readonly isBodyless: boolean
  /** Whether the answer has begun. */
  readonly hasBegun: boolean
  /** Whether the client is gone. */
  readonly isGone: boolean
  /** Learns what becomes of the request. It ends with `send`. Undefined: nobody wants to know. */
  observation: Observation | undefined

  /** Adds a header to the answer, whatever answer it will be. */
  setHeader(name: string, value: string): void
  /** Sends the answer. Does nothing if an answer has begun or the client is gone. */
  send(answer: Answer): void
  /** Asks a client that waits for it to send the body. */
  writeContinue(): void
  /** Ends the connection after the answer, because nobody knows where the next request would begin. */
  endConnection(): void
  /** Calls back if the client goes away before the whole answer is sent. */
  onceGone(callback: () => void): void
  /**
   * Calls back once the whole answer has been passed to the operating system, or the client is gone. Returns false if
   * that has already happened.
   */
  onceOver(callback: () => void): boolean
  /** Ends the exchange at once. Over HTTP/1.1 this closes the connection. */
  cutOff(): void
  /** The request and the response as Node's own objects. The exchange is not used after that, except to look at it. */
  toNode(): NodeExchangeParts
}

/** Node's own objects for a request. */
export interface NodeExchangeParts {
  readonly request: NodeRequest
  readonly response: NodeResponse
}

/** Tells the observation of a request the template of its path. */
export function nameRoute({ observation }: Exchange, template: string): void {
  if (observation !== undefined) observation.route = template
}

/** Handles every request. */
export type ExchangeHandler = (exchange: Exchange) => void

/** Answers a request if it serves the path. Returns false for any other path. */
export type PathHandler = (exchange: Exchange, path: string, query: string) => boolean
