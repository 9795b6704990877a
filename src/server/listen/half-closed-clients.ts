import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The time until the first probe of a client, and between two probes, in milliseconds. */
const PROBE_MS = 100

/**
 * Notices HTTP/1.1 clients that are gone. A client may also end only its own direction of the connection, and wait for
 * its answer. Both look the same to the server until it writes: the system of a client that is gone refuses the bytes,
 * and the connection closes. So this class sends interim responses, which every client skips (RFC 9110, section 15.2),
 * until the answer is sent. A stream has no place for them once it has begun, so it ends if its client ends its direction.
 */
export class HalfClosedClients {
  readonly #answers = new WeakMap<Socket, ServerResponse>()

  /** Watches the client of a request until this response, its answer, is sent. */
  watch(response: ServerResponse): void {
    const { socket } = response.req
    if (!this.#answers.has(socket)) socket.once('end', () => this.#probeLater(socket))
    this.#answers.set(socket, response)
  }

  #probe(socket: Socket): void {
    const response = this.#answers.get(socket)
    if (response === undefined || response.writableEnded || response.destroyed) return
    // A stream may have nothing to send for hours, so the server would not notice that its client is gone.
    if (response.headersSent && socket.writableLength === 0) return void socket.destroy()
    // HTTP/1.0 has no interim responses.
    if (!response.headersSent && response.req.httpVersionMinor > 0) response.writeProcessing()
    this.#probeLater(socket)
  }

  #probeLater(socket: Socket): void {
    setTimeout(() => this.#probe(socket), PROBE_MS).unref()
  }
}
