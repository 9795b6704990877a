import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import type { Readable, Writable } from 'node:stream'
import type { ClientCertificate } from '../../domain/access/identity.ts'
import type { Observation } from '../../telemetry/requests/observation.ts'
import { authorizationOf, certificateOf } from './credentials.ts'
import type { Answer, Exchange, NodeExchangeParts } from './exchange.ts'
import type { NodeRequest, NodeResponse } from './node-http.ts'
import { onceWritten } from './once-written.ts'
import { endInParts } from './parts.ts'

/**
 * An exchange over the request and the response of Node, which exist for both HTTP versions. HTTP/1.1 has nothing
 * else, and apps and middleware pass these.
 */
export class NodeExchange implements Exchange {
  observation: Observation | undefined = undefined
  readonly #request: NodeRequest
  readonly #response: NodeResponse

  constructor(request: NodeRequest, response: NodeResponse) {
    this.#request = request
    this.#response = response
  }

  get method(): string {
    return this.#request.method ?? ''
  }

  get target(): string {
    return this.#request.url ?? ''
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers
  }

  get authority(): string | undefined {
    return 'authority' in this.#request ? this.#request.authority : this.#request.headers.host
  }

  get authorization(): string | undefined {
    return authorizationOf(this.#request.headers, this.#request.rawHeaders)
  }

  get certificate(): ClientCertificate | undefined {
    return certificateOf(this.connection, () => this.#request.socket)
  }

  get address(): string {
    return this.#request.socket.remoteAddress ?? ''
  }

  // Node itself enforces the limit over HTTP/1.1. Over HTTP/2 it accepts several times as much.
  get headerBytes(): number {
    return 'stream' in this.#request ? this.#request.rawHeaders.reduce((sum, text) => sum + text.length, 0) : 0
  }

  // If a handler is mounted at a path, Express removes this path from `url` and keeps the whole URL in `originalUrl`.
  get mountPath(): string {
    const { originalUrl, url = '' } = this.#request as { readonly originalUrl?: string; readonly url?: string }
    return originalUrl?.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : ''
  }

  get connection(): object {
    return ('stream' in this.#request ? this.#request.stream.session : this.#request.socket) ?? this.#request
  }

  get source(): Readable {
    return this.#request
  }

  get isBodyless(): boolean {
    const { headers } = this.#request
    if (headers['content-length'] !== undefined) return headers['content-length'] === '0'
    return 'stream' in this.#request ? this.#request.stream.endAfterHeaders : !('transfer-encoding' in headers)
  }

  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  // Over HTTP/2, only the stream of a response tells that.
  get isGone(): boolean {
    return this.#writable.destroyed
  }

  setHeader(name: string, value: string): void {
    this.#response.setHeader(name, value)
  }

  send(answer: Answer): void {
    this.observation?.end(answer.status, answer.body)
    if (this.#response.headersSent || this.isGone) return
    if (answer.body === undefined && answer.trailers === undefined) this.#sendHead(answer)
    else this.#sendWhole(answer)
  }

  #sendWhole({ status, headers, body = '', trailers }: Answer): void {
    // Both versions accept these arguments, but TypeScript cannot call the union of their overloads.
    const { writeHead } = this.#response as ServerResponse
    const length = trailers === undefined ? { 'content-length': Buffer.byteLength(body) } : undefined
    writeHead.call(this.#response, status, { ...headers, ...length })
    if (trailers !== undefined) this.#response.addTrailers(trailers)
    this.#end(body)
  }

  // `writeHead` would send the end of an HTTP/2 stream in a frame of its own, and clients of gRPC tell the two apart.
  #sendHead({ status, headers }: Answer): void {
    this.#response.statusCode = status
    for (const name in headers) this.#response.setHeader(name, headers[name] as string)
    this.#response.end()
  }

  #end(body: Uint8Array | string): void {
    if (this.#request.method === 'HEAD') this.#response.end()
    else if ('stream' in this.#response) endInParts(this.#response as Writable, body)
    else this.#response.end(body)
  }

  writeContinue(): void {
    this.#response.writeContinue()
  }

  endConnection(): void {
    if ('shouldKeepAlive' in this.#response) this.#response.shouldKeepAlive = false
  }

  onceGone(callback: () => void): void {
    const goes = () => {
      if (!this.#response.writableFinished) callback()
    }
    if (this.isGone) goes()
    else this.#response.once('close', goes)
  }

  onceOver(callback: () => void): boolean {
    // Node finishes the stream of a HEAD request over HTTP/2 before the answer.
    const isHead = 'stream' in this.#response && this.#request.method === 'HEAD'
    return onceWritten(this.#writable, isHead, callback)
  }

  cutOff(): void {
    if ('stream' in this.#response) this.#response.stream.close(constants.NGHTTP2_CANCEL)
    // A response that was sent has no connection any longer, but the rest of its request may still arrive.
    else this.#request.destroy()
    this.#writable.destroy()
  }

  toNode(): NodeExchangeParts {
    return { request: this.#request, response: this.#response }
  }

  // Over HTTP/2, the response itself finishes only with its stream, which waits for the end of the request.
  get #writable(): Writable {
    return 'stream' in this.#response ? this.#response.stream : this.#response
  }
}
