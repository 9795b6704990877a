import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Http2Connection } from './connections.ts'

/** GOAWAY with the highest stream: open no further streams, but those that are on their way are served (RFC 9113, section 6.8). */
const NOTICE = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])

/**
 * Begins to end a session without losing a stream. Over clear text it tells the client first, and closes the session once
 * the client has answered a PING that follows, because by then all its streams have arrived. Over TLS, and to a client
 * that does not read, nothing can be written between the frames of Node. So it closes a session with streams at once, and
 * any other one with its next stream (see `Connections`). A client that waits for each answer then loses none. The streams
 * of another client that cross with the GOAWAY are not processed, and it knows that it may send them again.
 */
export function endSession(connection: Http2Connection): void {
  const { session, socket, stream, streams } = connection
  if (session.closed || session.destroyed) return
  // Until the client has acknowledged the settings of the server, the server may not have sent them. They come first.
  if (socket === stream && !session.pendingSettingsAck && sendNotice(socket)) {
    connection.isNotified = true
    session.ping(() => session.close())
  } else if (streams.current().length > 0) session.close()
}

/** Ends a session whose client has opened no stream since this time. */
export function endSessionOfIdleClient({ session, streams, idleSince }: Http2Connection, since: number): void {
  if (streams.current().length === 0 && idleSince < since) session.close()
}

/** Node's own object for a connection. Its types leave it out. */
interface Handle {
  /** -1: the system has no file descriptors. */
  readonly fd?: number
  /** How many bytes Node has not passed to the system yet. They may begin within a frame. */
  readonly writeQueueSize?: number
}

// Not by `socket.write`: if the system does not accept the bytes at once, Node takes the end of that write for the end of
// one of the session, and aborts the process.
function sendNotice(socket: Socket): boolean {
  const { fd = -1, writeQueueSize } = (socket as { readonly _handle?: Handle })._handle ?? {}
  if (fd < 0 || writeQueueSize !== 0) return false
  try {
    if (writeSync(fd, NOTICE) < NOTICE.length) socket.destroy()
    return true
  } catch {
    // The system has no room, or the client is gone.
    return false
  }
}
