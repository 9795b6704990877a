import type { Socket } from 'node:net'

/** What every HTTP/2 connection begins with (RFC 9113, section 3.4). No HTTP/1.1 request does. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/**
 * Tells by its first bytes what a connection speaks. Reads no more than it takes, and puts that back. Never calls back
 * where the connection ends before it is told.
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
