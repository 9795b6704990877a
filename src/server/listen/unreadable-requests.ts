import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { RegistryError } from '../../domain/errors.ts'
import type { KnownReason } from '../../domain/reasons.ts'
import { failBody } from '../http/body/unfinished-bodies.ts'
import { INVALID_METHOD } from '../http/send.ts'

/** The text for a request that is not valid HTTP (400), is too slow (408) or has too long headers (431). */
export function explainUnreadable(status: number): string {
  return unreadableTexts[status] ?? 'the request is not valid HTTP; send an HTTP/1.1 or HTTP/2 request.'
}

const unreadableTexts: Readonly<Record<number, string>> = {
  408: 'the request did not arrive in time; send it faster.',
  431: 'the headers of the request are too long; send shorter headers.',
  505: 'the HTTP version of the request line is not supported; use HTTP/1.1, or HTTP/2 with its own preface.',
}

const unreadableReasons: Readonly<Record<number, KnownReason>> = { 408: 'REQUEST_TOO_SLOW', 431: 'HEADERS_TOO_LARGE' }

const statusByCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** The sockets whose bytes are no longer read as requests. */
const given = new WeakSet<Duplex>()

/**
 * Answers bytes that are not a valid HTTP/1.1 request, and ends the connection. Node would answer without a body.
 * `newest` is the answer to the newest request of the connection. If the bytes are a part of that request, it gets only
 * this one answer, in the form of its protocol. Otherwise they get an answer of their own, after those to all requests
 * before them.
 */
export function refuseUnreadable(error: ParserError, socket: Duplex, newest: ServerResponse | undefined): void {
  if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
  if (!socket.writable || given.has(socket)) return
  given.add(socket)
  dropInput(socket)
  // Bytes that follow a request with `connection: close` are no request (RFC 9112, section 9.6).
  if (error.code === 'HPE_CLOSED_CONNECTION') return
  const status = statusOf(error)
  const reason = unreadableReasons[status] ?? 'INVALID_REQUEST'
  const message = explainUnreadable(status)
  if (newest !== undefined && !newest.req.complete) {
    endWith(newest, new RegistryError({ reason, message, cause: error }), socket)
  } else onceOver(newest, () => refuse(socket, status, { body: { error: message, reason } }))
}

/** The error of Node's parser. */
interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
  /** How many bytes of the packet are valid. */
  readonly bytesParsed?: number
}

function statusOf({ code = '', rawPacket, bytesParsed = 0 }: ParserError): number {
  if (code !== 'HPE_INVALID_VERSION') return statusByCode[code] ?? 400
  // The parser has the same code for other bytes behind a version that it knows.
  const read = rawPacket?.toString('latin1', 0, bytesParsed) ?? ''
  return /HTTP\/(?!1\.[01])\d\.\d$/.test(read) ? 505 : 400
}

/** Refuses a CONNECT. Node no longer watches its connection. The target of a CONNECT allows no method. */
export function refuseTunnel({ httpVersionMajor }: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => {})
  const isHttp1 = httpVersionMajor === 1
  if (isHttp1) refuse(socket, 405, { body: { error: INVALID_METHOD }, headers: 'allow:\r\n' })
  else refuse(socket, 505, { body: { error: explainUnreadable(505), reason: 'INVALID_REQUEST' } })
  dropInput(socket)
}

// The rest of a request will not arrive, so its answer is the last one.
function endWith(answer: ServerResponse, error: RegistryError, socket: Duplex): void {
  if (answer.headersSent && !answer.writableEnded) return void socket.destroy()
  answer.shouldKeepAlive = false
  failBody(answer.req, error)
  onceOver(answer, () => socket.end())
}

function onceOver(answer: ServerResponse | undefined, callback: () => void): void {
  if (answer === undefined || answer.writableFinished) callback()
  else answer.once('finish', callback)
}

// Closing a socket that has unread bytes would reset the connection, and the client could lose its answer.
function dropInput(socket: Duplex): void {
  socket.removeAllListeners('data').on('data', () => {})
  socket.resume()
}

/** Answers on a connection for which Node has no response object, and ends it. */
function refuse(
  socket: Duplex,
  status: number,
  { body, headers = '' }: { readonly body: object; readonly headers?: string },
): void {
  const json = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `${headers}content-length: ${json.length}\r\n\r\n${json}`,
  )
}
