import { type AgentOptions, Agent as HttpAgent, globalAgent as httpGlobalAgent } from 'node:http'
import { Agent as HttpsAgent, globalAgent as httpsGlobalAgent } from 'node:https'
import { Code, ConnectError } from '@connectrpc/connect'
import { untilAborted } from '../calls/call.ts'
import type { Cancellation } from '../calls/cancellation.ts'
import type { IncomingAnswer, OutgoingCall, Target } from './exchange.ts'
import { sendOverHttp1 } from './http1.ts'
import { type Opened, openHttp2 } from './http2-opening.ts'
import { Http2Session } from './http2-session.ts'
import { NotProcessed } from './not-processed.ts'

/** How often a request that the server does not process is sent again at once. */
const MAX_REFUSALS = 3

/**
 * The pause after a failed connection, in milliseconds. It doubles after each further failure, up to the second value.
 * During the pause, requests fail with the last failure. The callers have longer pauses before they try again.
 */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [10, 100]

/** How a peer is reached: over a session of HTTP/2, or over HTTP/1.1. */
type Way = Http2Session | 'http1'

interface Opening {
  readonly way: Promise<Way>
  readonly controller: AbortController
  waiting: number
}

/**
 * A server, and the one connection to it: a session of HTTP/2 that is opened for the first request and kept. If the
 * server speaks only HTTP/1.1, the requests go over the connections of an agent.
 */
export class NodePeer {
  readonly #target: Target
  /** The agent of the connections of HTTP/1.1. */
  readonly agent: HttpAgent
  #session: Http2Session | undefined
  #opening: Opening | undefined
  #http1Until: number
  #isHttp1 = false
  #isHttp2 = false
  #isClosed = false
  #failures = 0
  #failure: unknown
  #pauseUntil = 0

  constructor(target: Target) {
    this.#target = target
    this.agent = target.isTls ? createHttpsAgent(target) : createHttpAgent()
    // Node's agents know how to reach the proxy that the environment names.
    this.#http1Until = isProxied(this.agent) ? Number.POSITIVE_INFINITY : 0
  }

  /** Sends a request. It sends a request that the server did not process again. */
  async send(call: OutgoingCall, cancellation: Cancellation): Promise<IncomingAnswer> {
    for (let refusals = 0; ; ) {
      if (cancellation.isCanceled) throw cancellation.reason
      const way = this.#current() ?? (await this.#open(cancellation.signal))
      if (way === 'http1') return this.#sendOverHttp1(call, cancellation)
      try {
        const answer = way.send(call, cancellation)
        if (this.#isClosed) way.endWhenIdle()
        return await answer
      } catch (error) {
        if (!(error instanceof NotProcessed)) throw error
        if (error.isRefusal && ++refusals > MAX_REFUSALS) throw new ConnectError(error.message, Code.Unavailable)
      }
    }
  }

  /** Closes idle connections at once, and the others when their requests are done. Later requests still work. */
  close(): void {
    this.#isClosed = true
    this.#session?.endWhenIdle()
    closeIdle(this.agent)
  }

  async #sendOverHttp1(call: OutgoingCall, cancellation: Cancellation): Promise<IncomingAnswer> {
    try {
      const answer = await sendOverHttp1(this.#target, call, cancellation, this.agent)
      this.#isHttp1 = true
      return answer
    } catch (error) {
      if (this.#isHttp1 || this.#http1Until === Number.POSITIVE_INFINITY) throw error
      // The server may speak HTTP/2 alone, and have been too slow to show it. So the next request asks it again.
      this.#http1Until = 0
      throw cancellation.isCanceled ? error : ConnectError.from(error, Code.Unavailable)
    }
  }

  #current(): Way | undefined {
    if (this.#session?.isOpen) return this.#session
    return performance.now() < this.#http1Until ? 'http1' : undefined
  }

  async #open(signal: AbortSignal): Promise<Way> {
    this.#opening ??= this.#startOpening()
    const opening = this.#opening
    opening.waiting++
    try {
      return await untilAborted(signal, opening.way)
    } finally {
      opening.waiting--
      if (opening.waiting === 0) this.#abandon(opening)
    }
  }

  #startOpening(): Opening {
    const controller = new AbortController()
    const way = this.#openWay(controller.signal)
    const opening = { way, controller, waiting: 0 }
    const forget = () => {
      if (this.#opening === opening) this.#opening = undefined
    }
    way.then(forget, forget)
    return opening
  }

  // A connection that nobody waits for would keep the process alive.
  #abandon(opening: Opening): void {
    if (this.#opening !== opening) return
    this.#opening = undefined
    opening.controller.abort(new ConnectError('no call waits for the connection', Code.Canceled))
  }

  async #openWay(signal: AbortSignal): Promise<Way> {
    if (performance.now() < this.#pauseUntil) throw this.#failure
    try {
      const way = this.#take(await openHttp2(this.#target, this.#isHttp2, signal))
      this.#failures = 0
      return way
    } catch (error) {
      // The connection has not failed if it was given up because no call waits for it.
      if (signal.aborted) throw error
      this.#failure = error
      this.#pauseUntil = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++)
      throw error
    }
  }

  #take(opened: Opened): Way {
    if (opened.session === undefined) {
      this.#http1Until = performance.now() + opened.http1ForMs
      return 'http1'
    }
    this.#isHttp2 = true
    const session: Http2Session = new Http2Session(opened.session, opened.socket, () => {
      if (this.#session === session) this.#session = undefined
    })
    this.#session = session
    return session
  }
}

// Both agents copy the settings of Node's global agents, such as a proxy from the environment.
function createHttpAgent(): HttpAgent {
  const { options } = httpGlobalAgent as HttpAgent & { readonly options: AgentOptions }
  return new HttpAgent({ ...options })
}

function createHttpsAgent({ tls }: Target): HttpsAgent {
  const given = Object.entries(tls).filter(([, pem]) => pem !== undefined)
  return new HttpsAgent({ ...httpsGlobalAgent.options, ...Object.fromEntries(given) })
}

function isProxied(agent: HttpAgent): boolean {
  const { options } = agent as HttpAgent & { readonly options: { readonly proxyEnv?: object | undefined } }
  return options.proxyEnv !== undefined
}

// `agent.destroy()` would also cut the connections that are in use.
function closeIdle(agent: HttpAgent): void {
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}
