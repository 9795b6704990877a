import { connect, type Socket } from 'node:net'
import { requireBodyForPeople } from './error-texts.ts'

/** The answer on a socket. It has no status if the connection ended or stayed silent before all headers had come. */
export interface RawAnswer {
  readonly status: number | undefined
  /** The status line and the headers, unchanged. */
  readonly head: string
  readonly text: string
  /** Whether the server ended the connection. */
  readonly closed: boolean
}

export interface ExchangeOptions {
  /** Ends the client's half of the connection after the request, as a client that dies does. Default: false. */
  readonly halfClose?: boolean
  /** The longest wait for an answer, in milliseconds. Default: 15,000. */
  readonly timeoutMs?: number
}

/** Sends these bytes unchanged to the server of a URL, and resolves with the first whole answer. */
export async function exchange(
  url: string,
  bytes: string | Uint8Array | Iterable<Uint8Array>,
  { halfClose = false, timeoutMs = 15_000 }: ExchangeOptions = {},
): Promise<RawAnswer> {
  const socket = openSocket(url)
  const answer = readAnswer(socket, timeoutMs)
  const chunks = typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes
  await Promise.race([answer, writeAll(socket, chunks)])
  if (halfClose) socket.end()
  const received = await answer.finally(() => socket.destroy())
  if ((received.status ?? 0) >= 400) requireBodyForPeople(received.text)
  return received
}

/** Sends all chunks, even after the answer. `isStalled` is true if the server stops reading without closing. */
export async function flood(url: string, chunks: Iterable<Uint8Array>, timeoutMs: number) {
  const socket = openSocket(url)
  const answer = readAnswer(socket, timeoutMs)
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<'stalled'>((resolve) => {
    timer = setTimeout(() => resolve('stalled'), timeoutMs)
  })
  const outcome = await Promise.race([writeAll(socket, chunks), patience])
  clearTimeout(timer)
  return { ...(await answer.finally(() => socket.destroy())), isStalled: outcome === 'stalled' }
}

/** A connection to the server of a URL. Its errors are ignored. */
export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true }).on('error', () => {})
}

/** Resolves with the first whole HTTP/1.1 answer on a socket, or with the received part if the socket ends earlier. */
export function readAnswer(socket: Socket, timeoutMs = 15_000): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const finish = (closed: boolean) => {
      clearTimeout(timer)
      socket.off('data', read)
      resolve({ ...parse(received), closed })
    }
    const read = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (parse(received).isWhole) finish(false)
    }
    const timer = setTimeout(() => finish(false), timeoutMs)
    socket
      .on('data', read)
      .once('end', () => finish(true))
      .once('close', () => finish(true))
  })
}

async function writeAll(socket: Socket, chunks: Iterable<string | Uint8Array>): Promise<void> {
  for (const chunk of chunks) {
    if (socket.destroyed) return
    if (socket.write(chunk)) continue
    await new Promise<void>((resolve) => {
      socket.once('drain', resolve).once('close', () => resolve())
    })
  }
}

// On a busy machine, an answer can be late enough for a probe of the client: an interim response before it.
const PROBE = 'HTTP/1.1 102 Processing\r\n\r\n'

function parse(received: Buffer): { status: number | undefined; head: string; text: string; isWhole: boolean } {
  if (received.indexOf(PROBE) === 0) return parse(received.subarray(PROBE.length))
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return { status: undefined, head: received.toString('latin1'), text: '', isWhole: false }
  const head = received.toString('latin1', 0, end)
  const body = received.subarray(end + 4)
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1])
  if (/^transfer-encoding: *chunked/im.test(head)) {
    return { status, head, text: dechunk(body.toString()), isWhole: body.toString('latin1').endsWith('0\r\n\r\n') }
  }
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.POSITIVE_INFINITY)
  return { status, head, text: body.toString(), isWhole: body.length >= length }
}

// The bodies of errors are ASCII, so a character is a byte.
function dechunk(text: string): string {
  return text.replace(/(?:^|\r\n)[0-9a-f]+\r\n/gi, '').replace(/\r\n$/, '')
}
