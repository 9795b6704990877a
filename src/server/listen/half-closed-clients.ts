import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How long an answer may take until the first probe, and how long after that the next ones follow, in milliseconds. */
const PROBE_MS = 100

/**
 * Tells clients that only ended their own direction of an HTTP/1.1 connection, and wait for their answer, from clients that
 * are gone. To the server both look the same: the connection ends. Only writing tells, because the system of a client that is
 * gone refuses the bytes, and the connection is closed. So an interim response, which every client skips (RFC 9110, section
 * 15.2), is sent from time to time until the answer is.
 */
export class HalfClosedClients {
  readonly #answers = new WeakMap<Socket, ServerResponse>()

  /** A request has arrived, and this will be its answer. */
  watch(response: ServerResponse): void {
    const { socket } = response
    if (socket === null) return
    if (!this.#answers.has(socket)) socket.once('end', () => this.#probeLater(socket))
    this.#answers.set(socket, response)
  }

  #probe(socket: Socket): void {
    const response = this.#answers.get(socket)
    if (response === undefined || response.headersSent || response.destroyed) return
    // HTTP/1.0 has no interim responses.
    if (response.req.httpVersionMinor > 0) response.writeProcessing()
    this.#probeLater(socket)
  }

  #probeLater(socket: Socket): void {
    setTimeout(() => this.#probe(socket), PROBE_MS).unref()
  }
}
