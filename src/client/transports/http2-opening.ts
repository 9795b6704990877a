import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { globalAgent } from 'node:https'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Code, ConnectError } from '@connectrpc/connect'
import type { Target } from './exchange.ts'

/** How long a connection may take to open, in milliseconds. */
const OPEN_MS = 10_000

/** How long a server in clear text may take to show that it speaks HTTP/2, in milliseconds. */
const PREFACE_MS = 1_000

/** How long the client uses HTTP/1.1 if it is not sure that the server speaks nothing else, in milliseconds. */
const UNSURE_MS = 5 * 60_000

/** An open session, or how long to speak HTTP/1.1 instead, in milliseconds. */
export type Opened =
  | { readonly session: ClientHttp2Session; readonly socket: Socket }
  | { readonly session: undefined; readonly http1ForMs: number }

/** The size of the windows in which a server may send ahead, in bytes: of one answer, and of all together. */
const [ANSWER_WINDOW, SESSION_WINDOW] = [1024 * 1024, 8 * 1024 * 1024]

/**
 * Opens a session, and waits for the settings of the server. Over TLS, ALPN chooses the version of HTTP. In clear text,
 * a server that does not speak HTTP/2 answers the first bytes with an error or not at all, before any request was sent.
 * If `isHttp2` is true, the server has spoken HTTP/2 before, so this is a failure.
 */
export async function openHttp2(target: Target, isHttp2: boolean, signal: AbortSignal): Promise<Opened> {
  const socket = await openSocket(target, signal)
  if (target.isTls && (socket as TLSSocket).alpnProtocol !== 'h2') {
    socket.destroy()
    return { session: undefined, http1ForMs: Number.POSITIVE_INFINITY }
  }
  const session = connectHttp2(`${target.isTls ? 'https' : 'http'}://${target.authority}`, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: ANSWER_WINDOW },
  })
  const mayFallBack = !target.isTls && !isHttp2
  try {
    await untilSettings(session, mayFallBack ? PREFACE_MS : OPEN_MS, signal)
  } catch (error) {
    session.destroy()
    if (!mayFallBack || signal.aborted) throw error
    return { session: undefined, http1ForMs: isOfHttp2(error) ? Number.POSITIVE_INFINITY : UNSURE_MS }
  }
  session.setLocalWindowSize(SESSION_WINDOW)
  return { session, socket }
}

function openSocket({ host, port, isTls, tls }: Target, signal: AbortSignal): Promise<Socket> {
  const address = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }
  const socket = isTls ? connectTls({ ...tlsOptions(host, tls), ...address }) : connect(address)
  return settle<Socket>(socket, OPEN_MS, signal, (resolve) => {
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve(socket))
  })
}

// Like an agent of Node, this copies the settings of the global agent, except its time limit for idle connections.
function tlsOptions(host: string, tls: Target['tls']) {
  const given = Object.fromEntries(Object.entries(tls).filter(([, pem]) => pem !== undefined))
  const { timeout: _, ...global } = globalAgent.options
  const servername = isIP(host) === 0 ? { servername: host } : {}
  return { ...global, ...given, ...servername, ALPNProtocols: ['h2', 'http/1.1'] }
}

function untilSettings(session: ClientHttp2Session, ms: number, signal: AbortSignal): Promise<void> {
  return settle<void>(session, ms, signal, (resolve) => session.once('remoteSettings', () => resolve()))
}

/** A socket or a session. */
interface Openable {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: () => void): unknown
  destroy(error?: Error): unknown
}

function settle<T>(
  opening: Openable,
  ms: number,
  signal: AbortSignal,
  listen: (resolve: (value: T) => void) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const end = (error: Error) => {
    reject(error)
    opening.destroy()
  }
  const unavailable = (text: string) => new ConnectError(text, Code.Unavailable)
  const timer = setTimeout(() => end(unavailable(`no connection within ${ms} ms`)), ms)
  const abort = () => end(signal.reason)
  signal.addEventListener('abort', abort)
  opening.on('error', reject)
  opening.on('close', () => reject(unavailable('the server closed the connection')))
  listen(resolve)
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  })
}

// The bytes that arrived are no frames of HTTP/2.
function isOfHttp2(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_HTTP2_ERROR'
}
