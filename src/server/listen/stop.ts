import type { Server as HttpServer, ServerResponse } from 'node:http'
import { Server as TcpServer } from 'node:net'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { Limits } from '../limits.ts'
import type { Connections, Http1Connection } from './connections.ts'
import { endSession, endSessionOfIdleClient } from './session-end.ts'

/** How often a stopping server looks for connections without a request, in milliseconds. */
const SWEEP_MS = 50

/** The longest time until a stopping server closes its port, in milliseconds. */
const PORT_MS = 1_000

export interface StopOptions {
  /** The longest time until all connections are closed, in milliseconds. */
  readonly graceMs: number
  readonly limits: Limits
}

/**
 * Stops a server so that no request is lost that a client may send. It first closes the port, so that a client whose
 * connection ends does not connect to this server again. Then each connection ends with the answer that says so:
 * `connection: close` over HTTP/1.1, GOAWAY over HTTP/2. A connection without a request is ended once none has come for
 * a while. Resolves once all connections are closed.
 */
export async function stopGracefully(
  server: HttpServer,
  connections: Connections,
  { graceMs, limits }: StopOptions,
): Promise<void> {
  const cut = setTimeout(() => cutAll(server, connections), graceMs)
  await noneWaits(server)
  // Another process may have accepted the connections. It has closed the port then.
  const stopped = server.listening ? closePort(server) : allClosed(server, connections)
  connections.beginToStop()
  for (const connection of connections.http2.values()) endSession(connection)
  // Requests that have arrived are read first.
  const sweep = setInterval(() => setImmediate(() => endQuietConnections(connections, limits)), SWEEP_MS)
  await stopped
  clearInterval(sweep)
  clearTimeout(cut)
}

/** Closes the port. Resolves once all connections are closed, too. */
function closePort(server: HttpServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // The method of Node's HTTP server would also close the connections that have no request at this moment.
  TcpServer.prototype.close.call(server, () => resolve())
  // This ends its timer. The port is closed already.
  return promise.then(() => void server.close())
}

async function allClosed(server: HttpServer, connections: Connections): Promise<void> {
  while (connections.size > 0) await delay(SWEEP_MS)
  server.close()
}

/**
 * Resolves once no connection waits to be accepted, because the system resets those that wait when the port closes. Node
 * accepts one in each turn of the event loop, so none waits after a turn without one.
 */
export async function noneWaits(server: TcpServer): Promise<void> {
  const end = performance.now() + PORT_MS
  let hasAccepted = true
  const accept = () => {
    hasAccepted = true
  }
  server.on('connection', accept)
  // The present turn may have looked for connections already.
  await nextTurn()
  while (hasAccepted && performance.now() < end) {
    hasAccepted = false
    await nextTurn()
  }
  server.off('connection', accept)
}

function endQuietConnections(connections: Connections, { stopIdleMs }: Limits): void {
  const now = performance.now()
  for (const [socket, since] of connections.undecided) if (now - since > stopIdleMs) socket.destroy()
  for (const connection of connections.http1.values()) {
    if (!isQuiet(connection)) connection.quietSince = now
    // A request that crosses with the end of the connection has no answer. The client may send it again.
    else if (now - Math.max(connection.quietSince, connection.requestedAt) > stopIdleMs) connection.stream.end()
  }
  for (const connection of connections.http2.values()) endSessionOfIdleClient(connection, now - stopIdleMs)
}

function isQuiet(connection: Http1Connection): boolean {
  const { newest, received, stream } = connection
  connection.received = stream.bytesRead
  if (newest !== undefined) return isOver(newest) && stream.bytesRead === received
  // The headers of the first request have begun to arrive.
  return stream.bytesRead === 0
}

function isOver({ writableFinished, destroyed }: ServerResponse): boolean {
  return writableFinished || destroyed
}

function cutAll(server: HttpServer, connections: Connections): void {
  server.closeAllConnections()
  for (const socket of connections.undecided.keys()) socket.destroy()
  for (const session of connections.http2.keys()) session.destroy()
}
