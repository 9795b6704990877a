import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

type Response = ServerResponse<IncomingMessage> & { readonly req: IncomingMessage }

/** A request that has arrived, and waits for the answers to those before it. */
interface Waiting {
  readonly response: Response
  readonly begin: () => void
}

/** The time until the first probe of a client that the server does not read from, and between two probes, in milliseconds. */
const PROBE_MS = 500

interface Line {
  /** The response of the request that began last. */
  current: Response
  readonly waiting: Waiting[]
}

/**
 * Answers the requests of an HTTP/1.1 connection one after the other. A client may send many requests before it reads
 * the first answer (RFC 9112, section 9.3.2). Node would answer all of them at once, and keep the answers. So a request
 * begins once the answer before it is sent. While one waits, the server reads no more from the connection, and so does
 * not see its end. It sends interim responses until the answer begins: they fail if the client is gone, and every client
 * skips them (RFC 9110, section 15.2).
 */
export class PipelinedRequests {
  readonly #lines = new WeakMap<Socket, Line>()

  /** Begins a request at once, or once the answers before it are sent. Never, if the connection is closed before that. */
  inTurn(response: Response, begin: () => void): void {
    const { socket } = response.req
    const line = this.#lines.get(socket)
    if (line !== undefined && (line.waiting.length > 0 || !isOver(line.current))) {
      wait(line, { response, begin })
      return
    }
    if (line === undefined) this.#lines.set(socket, newLine(response))
    else line.current = response
    begin()
  }
}

function newLine(current: Response): Line {
  const line: Line = { current, waiting: [] }
  const { socket } = current.req
  // Node resumes a connection whenever a request is read, or was not read to its end.
  socket.on('resume', () => {
    if (line.waiting.length > 0) socket.pause()
  })
  return line
}

// Most clients wait for each answer, so a response is listened to only if another request waits for it.
function wait(line: Line, waiting: Waiting): void {
  if (line.waiting.push(waiting) === 1) awaitEnd(line)
  waiting.response.req.socket.pause()
}

function awaitEnd(line: Line): void {
  line.current.once('close', () => beginNext(line))
  probeLater(line.current)
}

function beginNext(line: Line): void {
  const { socket } = line.current.req
  // The answer can have been the last one of its connection.
  if (socket.destroyed || socket.writableEnded) line.waiting.length = 0
  const waiting = line.waiting.shift()
  if (waiting === undefined) return
  line.current = waiting.response
  if (line.waiting.length > 0) awaitEnd(line)
  // The rest of the last request may not have arrived yet.
  else socket.resume()
  waiting.begin()
}

function isOver({ writableFinished, destroyed }: Response): boolean {
  return writableFinished || destroyed
}

function probeLater(response: Response): void {
  setTimeout(() => {
    if (response.headersSent || response.destroyed) return
    response.writeProcessing()
    probeLater(response)
  }, PROBE_MS).unref()
}
