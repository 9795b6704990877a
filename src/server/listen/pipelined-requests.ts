import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

type Response = ServerResponse<IncomingMessage> & { readonly req: IncomingMessage }

/** A request that has arrived, and waits for the answers to those before it. */
interface Waiting {
  readonly response: Response
  readonly begin: () => void
}

interface Line {
  isBusy: boolean
  readonly waiting: Waiting[]
}

/**
 * Answers the requests of an HTTP/1.1 connection one after the other. A client may send many requests before it reads
 * the first answer (RFC 9112, section 9.3.2). Node would answer all of them at once, and keep the answers. So a request
 * begins once the answer before it is sent. While one waits, the server reads no more from the connection.
 */
export class PipelinedRequests {
  readonly #lines = new WeakMap<Socket, Line>()

  /** Begins a request at once, or once the answers before it are sent. Never, if the connection is closed before that. */
  inTurn(response: Response, begin: () => void): void {
    const { socket } = response.req
    const line = this.#lineOf(socket)
    if (!line.isBusy) run(line, { response, begin })
    else {
      line.waiting.push({ response, begin })
      socket.pause()
    }
  }

  #lineOf(socket: Socket): Line {
    const known = this.#lines.get(socket)
    if (known !== undefined) return known
    const line: Line = { isBusy: false, waiting: [] }
    this.#lines.set(socket, line)
    // Node resumes a connection whenever a request is read, or was not read to its end.
    socket.on('resume', () => {
      if (line.waiting.length > 0) socket.pause()
    })
    return line
  }
}

function run(line: Line, { response, begin }: Waiting): void {
  line.isBusy = true
  response.once('close', () => next(line, response.req.socket))
  begin()
}

function next(line: Line, socket: Socket): void {
  line.isBusy = false
  // The answer can have been the last one of its connection.
  if (socket.destroyed || socket.writableEnded) line.waiting.length = 0
  const waiting = line.waiting.shift()
  if (waiting === undefined) return
  // The rest of the last request may not have arrived yet.
  if (line.waiting.length === 0) socket.resume()
  run(line, waiting)
}
