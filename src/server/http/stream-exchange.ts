import type { IncomingHttpHeaders } from 'node:http'
import {
  constants,
  Http2ServerRequest,
  Http2ServerResponse,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Readable } from 'node:stream'
import type { ClientCertificate } from '../../domain/access/identity.ts'
import type { Observation } from '../../telemetry/requests/observation.ts'
import { authorizationOf, certificateOf } from './credentials.ts'
import type { Answer, Exchange, NodeExchangeParts } from './exchange.ts'
import { onceWritten } from './once-written.ts'
import { endInParts } from './parts.ts'

const TRAILERS_FOLLOW = { waitForTrailers: true }
const NOTHING_FOLLOWS = { endStream: true }

/**
 * An exchange over a stream of HTTP/2. It does without Node's request and response objects, which cost more than a whole
 * call.
 */
export class StreamExchange implements Exchange {
  readonly source: ServerHttp2Stream & Readable
  readonly headers: IncomingHttpHeaders
  readonly mountPath = ''
  observation: Observation | undefined = undefined
  readonly #rawHeaders: readonly string[]
  #added: Record<string, string> | undefined

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]) {
    this.source = stream
    this.headers = headers
    this.#rawHeaders = rawHeaders
    // A client may reset its stream at any time. Without a listener, that would end the process.
    stream.on('error', ignore)
  }

  get method(): string {
    return this.headers[':method'] as string
  }

  get target(): string {
    return (this.headers[':path'] as string | undefined) ?? ''
  }

  get authority(): string | undefined {
    return (this.headers[':authority'] as string | undefined) ?? this.headers.host
  }

  get authorization(): string | undefined {
    return authorizationOf(this.headers, this.#rawHeaders)
  }

  get certificate(): ClientCertificate | undefined {
    return certificateOf(this.connection, () => this.source.session?.socket)
  }

  get address(): string {
    return this.source.session?.socket.remoteAddress ?? ''
  }

  get headerBytes(): number {
    let size = 0
    for (const text of this.#rawHeaders) size += text.length
    return size
  }

  get connection(): object {
    return this.source.session ?? this.source
  }

  get isBodyless(): boolean {
    return this.source.endAfterHeaders || this.headers['content-length'] === '0'
  }

  get hasBegun(): boolean {
    return this.source.headersSent
  }

  get isGone(): boolean {
    return this.source.destroyed
  }

  setHeader(name: string, value: string): void {
    this.#added ??= {}
    this.#added[name] = value
  }

  send({ status, headers, body, trailers }: Answer): void {
    const stream = this.source
    this.observation?.end(status, body)
    if (stream.headersSent || stream.destroyed || stream.closed) return
    const all: OutgoingHttpHeaders = { ':status': status, ...this.#added, ...headers }
    if (trailers !== undefined) {
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.respond(all, TRAILERS_FOLLOW)
      if (body === undefined) stream.end()
      else endInParts(stream, body)
    } else if (body === undefined) stream.respond(all, NOTHING_FOLLOWS)
    else {
      all['content-length'] = Buffer.byteLength(body)
      if (this.method === 'HEAD') stream.respond(all, NOTHING_FOLLOWS)
      else {
        stream.respond(all)
        endInParts(stream, body)
      }
    }
  }

  /** Nothing to do: a request that waits for it comes as Node's own objects. */
  writeContinue(): void {}

  /** Other requests of the session are not disturbed. */
  endConnection(): void {}

  onceGone(callback: () => void): void {
    const stream = this.source
    const goes = () => {
      if (!stream.writableFinished) callback()
    }
    if (stream.destroyed) goes()
    else stream.once('close', goes)
  }

  onceOver(callback: () => void): boolean {
    return onceWritten(this.source, this.method === 'HEAD', callback)
  }

  cutOff(): void {
    this.source.close(constants.NGHTTP2_CANCEL)
    this.source.destroy()
  }

  toNode(): NodeExchangeParts {
    const request = new Http2ServerRequest(this.source, this.headers, {}, this.#rawHeaders)
    const response = new Http2ServerResponse(this.source)
    for (const name in this.#added) response.setHeader(name, this.#added[name] as string)
    return { request, response }
  }
}

function ignore(): void {}
