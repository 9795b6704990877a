import type { Socket } from 'node:net'

/** The first bytes of every HTTP/2 connection (RFC 9113, section 3.4). No HTTP/1.1 request begins with them. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/**
 * Detects the protocol of a connection by its first bytes. Reads no more bytes than it needs, and puts them back. Never
 * calls `decide` if the connection ends before that.
 */
export function detectProtocol(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0)
  const giveUp = () => socket.destroy()
  const read = () => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, HTTP2_PREFACE.length)
    const isPrefix = seen.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length))
    if (isPrefix && length < HTTP2_PREFACE.length) return
    socket.off('readable', read).off('error', giveUp).off('end', giveUp)
    socket.unshift(seen)
    decide(isPrefix)
  }
  socket.on('readable', read).on('error', giveUp).on('end', giveUp)
}

/**
 * Joins the bytes of a connection that Node has read but nobody has taken. Node gives them to an HTTP/2 session piece by
 * piece, even if a piece has ended the session, and then the process ends.
 */
export function joinUntaken(stream: Socket): void {
  const pieces: Buffer[] = []
  for (let piece = stream.read(); piece !== null; piece = stream.read()) pieces.push(piece)
  if (pieces.length > 0) stream.unshift(Buffer.concat(pieces))
}
