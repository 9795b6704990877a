import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { Code, ConnectError } from '@connectrpc/connect'
import { tooLarge } from './connect-codec.ts'
import type { IncomingAnswer, OutgoingCall } from './exchange.ts'
import { NotProcessed } from './not-processed.ts'

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants

/** One request on a stream of HTTP/2. It settles exactly once. */
export class Http2Call {
  readonly #call: OutgoingCall
  readonly #resolve: (answer: IncomingAnswer) => void
  readonly #reject: (error: unknown) => void
  #stream: ClientHttp2Stream | undefined
  #headers: IncomingHttpHeaders | undefined
  readonly #chunks: Uint8Array[] = []
  #size = 0
  #error: unknown
  #isSettled = false

  constructor(call: OutgoingCall, resolve: (answer: IncomingAnswer) => void, reject: (error: unknown) => void) {
    this.#call = call
    this.#resolve = resolve
    this.#reject = reject
  }

  /**
   * Sends the request. `wasProcessed` tells whether the server may have processed a stream, by its number. `onClose` is
   * called when the stream has ended.
   */
  start(session: ClientHttp2Session, wasProcessed: (stream: number) => boolean, onClose: () => void): void {
    const { method, path, headers, body } = this.#call
    const stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: body === undefined })
    this.#stream = stream
    stream.on('response', (answered) => {
      this.#headers = answered
    })
    stream.on('data', (chunk: Uint8Array) => this.#add(chunk))
    stream.on('end', () => this.#finish())
    stream.on('error', (error) => {
      this.#error = error
    })
    stream.on('close', () => {
      this.#fail(stream, wasProcessed)
      onClose()
    })
    if (body !== undefined) stream.end(body)
  }

  /** Ends the call with an error, and tells the server that nobody waits for the answer. */
  cancel(reason: unknown): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#reject(reason)
    this.#stream?.close(NGHTTP2_CANCEL)
  }

  #add(chunk: Uint8Array): void {
    this.#size += chunk.length
    if (this.#size > this.#call.maxBytes) this.cancel(tooLarge(this.#call.maxBytes))
    else this.#chunks.push(chunk)
  }

  // A stream that was reset also emits `end`, before `close`.
  #finish(): void {
    if (this.#isSettled || this.#headers === undefined || this.#isReset() || this.#isCut(this.#headers)) return
    this.#isSettled = true
    const [first = NO_BYTES, ...others] = this.#chunks
    const body = others.length === 0 ? first : Buffer.concat(this.#chunks)
    this.#resolve({ status: Number(this.#headers[':status']), headers: this.#headers, body })
  }

  #isReset(): boolean {
    const code = this.#stream?.rstCode
    return code !== undefined && code !== NGHTTP2_NO_ERROR
  }

  // Node's servers reset a stream with NO_ERROR if it is destroyed before its end.
  #isCut({ 'content-length': announced }: IncomingHttpHeaders): boolean {
    return announced !== undefined && Number(announced) !== this.#size
  }

  #fail({ id, rstCode = NGHTTP2_NO_ERROR }: ClientHttp2Stream, wasProcessed: (stream: number) => boolean): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const isLost = rstCode === NGHTTP2_REFUSED_STREAM || id === undefined || !wasProcessed(id)
    this.#reject(isLost ? new NotProcessed(true, this.#error) : toFailure(rstCode, this.#error))
  }
}

const NO_BYTES = new Uint8Array(0)

// An error of the session is one of the connection. Otherwise the server has reset the stream.
function toFailure(code: number, cause: unknown): ConnectError {
  const text = cause instanceof Error ? cause.message : 'the server closed the connection before the answer'
  const isBusy = code === NGHTTP2_ENHANCE_YOUR_CALM && isStreamError(cause)
  return new ConnectError(text, isBusy ? Code.ResourceExhausted : Code.Unavailable, undefined, undefined, cause)
}

function isStreamError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_HTTP2_STREAM_ERROR'
}
