import type { ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Cancellation } from '../calls/cancellation.ts'
import type { IncomingAnswer, OutgoingCall } from './exchange.ts'
import { Http2Call } from './http2-call.ts'
import { NotProcessed } from './not-processed.ts'

/** How often a session is checked for signs of life while calls wait for answers, in milliseconds. */
const CHECK_MS = 2_000

/**
 * The calls of one HTTP/2 session. Calls beyond the limit of the server wait in their order. If the server sends GOAWAY,
 * the session takes no further calls, and ends after those that the server still answers.
 */
export class Http2Session {
  readonly #session: ClientHttp2Session
  // In their order. A call that is canceled leaves.
  readonly #waiting = new Set<Http2Call>()
  readonly #onRetired: () => void
  #limit: number
  #inFlight = 0
  #lastProcessed = Number.POSITIVE_INFINITY
  #hasTakenCalls = false
  #isRetired = false
  #endsWhenIdle = false

  /** Takes a session whose settings have arrived. `onRetired` is called once, when it takes no further calls. */
  constructor(session: ClientHttp2Session, socket: Socket, onRetired: () => void) {
    this.#session = session
    this.#onRetired = onRetired
    this.#limit = limitOf(session)
    session.on('remoteSettings', () => {
      this.#limit = limitOf(session)
      this.#startWaiting()
    })
    session.on('goaway', (_code, lastProcessed) => {
      this.#lastProcessed = lastProcessed
      this.retire()
    })
    // Each call reports the error.
    session.on('error', () => this.retire())
    const timer = watch(session, socket, () => !this.#isIdle)
    session.on('close', () => {
      clearInterval(timer)
      this.retire()
    })
    session.unref()
  }

  /** Whether the session takes calls. */
  get isOpen(): boolean {
    // Node notes a GOAWAY a moment before it emits the event.
    return !this.#isRetired && !this.#session.closed && !this.#session.destroyed
  }

  /** Sends a request. Rejects with `NotProcessed` if it can be sent again. */
  send(call: OutgoingCall, cancellation: Cancellation): Promise<IncomingAnswer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(this.#notProcessed())
      const sent = new Http2Call(call, resolve, reject)
      cancellation.onCancel((reason) => this.#cancel(sent, reason))
      if (this.#inFlight < this.#limit) this.#start(sent)
      else this.#waiting.add(sent)
    })
  }

  /** Ends the session as soon as it has no calls. */
  endWhenIdle(): void {
    this.#endsWhenIdle = true
    this.#endIfIdle()
  }

  /** Takes no further calls, and gives back those that were not sent. */
  retire(): void {
    if (this.#isRetired) return
    this.#isRetired = true
    this.#onRetired()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const call of waiting) call.cancel(this.#notProcessed())
    this.#endIfIdle()
  }

  // A server may allow no stream for a while, so that calls wait although none is in flight.
  get #isIdle(): boolean {
    return this.#inFlight === 0 && this.#waiting.size === 0
  }

  #endIfIdle(): void {
    if (this.#isIdle && (this.#endsWhenIdle || this.#isRetired)) this.#session.close()
  }

  #cancel(call: Http2Call, reason: unknown): void {
    call.cancel(reason)
    if (this.#waiting.delete(call)) this.#endIfIdle()
  }

  #start(call: Http2Call): void {
    try {
      call.start(this.#session, this.#wasProcessed, this.#onClose)
      if (this.#inFlight++ === 0) this.#session.ref()
      this.#hasTakenCalls = true
    } catch (error) {
      call.cancel(this.isOpen ? error : this.#notProcessed())
    }
  }

  #notProcessed(): NotProcessed {
    return new NotProcessed(!this.#hasTakenCalls)
  }

  readonly #wasProcessed = (stream: number) => stream <= this.#lastProcessed

  readonly #onClose = () => {
    this.#inFlight--
    this.#startWaiting()
    if (this.#inFlight > 0) return
    this.#session.unref()
    this.#endIfIdle()
  }

  #startWaiting(): void {
    while (this.#inFlight < this.#limit && this.isOpen) {
      const [next] = this.#waiting
      if (next === undefined) return
      this.#waiting.delete(next)
      this.#start(next)
    }
  }
}

function limitOf({ remoteSettings: { maxConcurrentStreams = Number.POSITIVE_INFINITY } }: ClientHttp2Session): number {
  return maxConcurrentStreams
}

/**
 * Ends a session whose peer is gone without a word, as after a power cut: one that has sent nothing for the time of two
 * checks, not even the answer to a PING.
 */
function watch(session: ClientHttp2Session, socket: Socket, isInUse: () => boolean): NodeJS.Timeout {
  let seen = socket.bytesRead
  let hasAsked = false
  return setInterval(() => {
    const isSilent = isInUse() && socket.bytesRead === seen
    seen = socket.bytesRead
    if (isSilent && hasAsked) session.destroy(new Error('the server does not answer'))
    else if (isSilent) session.ping(() => {})
    hasAsked = isSilent
  }, CHECK_MS).unref()
}
