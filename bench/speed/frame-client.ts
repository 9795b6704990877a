import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import {
  END_HEADERS,
  END_STREAM,
  encodeFrame,
  encodeHeaders,
  frameType,
  GREETING,
} from '../../test/support/http2-frames.ts'
import type { Request } from '../request.ts'

const FRAME_HEAD = 9
const ACK = 1
/** The most streams that a server allows on a connection by default. */
const MOST_STREAMS = 100
/** The window of the connection is as large as possible, so the client never has to enlarge it again. */
const LARGE_WINDOW = encodeFrame({ type: frameType.windowUpdate, payload: Buffer.from([0x7f, 0xfe, 0, 0]) })
const SETTINGS_ACK = encodeFrame({ type: frameType.settings, flags: ACK })

/** A request whose headers are encoded already. */
export interface FramedCall {
  readonly headers: Buffer
  readonly body: Buffer
}

/** The frames of a request, without its stream. */
export function toFramedCall({ method, paths, headers, body }: Omit<Request, 'version'>): FramedCall {
  const pseudo = { ':method': method, ':scheme': 'http', ':authority': '127.0.0.1', ':path': paths[0] }
  return { headers: encodeHeaders({ ...pseudo, ...headers }), body: body ?? Buffer.alloc(0) }
}

/**
 * A client that writes the frames of HTTP/2 by itself. It needs a quarter of the time of `node:http2`, so it leaves more to
 * the server. It cannot read headers, so its user must check the outcome in another way.
 */
export interface FrameClient extends Disposable {
  /** Resolves with the bytes of the body of the answer. Rejects if the stream is reset or the connection is lost. */
  call(call: FramedCall): Promise<number>
}

/** Opens the connections of a client, which it uses in turn. */
export async function openFrameClient(origin: string, connections: number): Promise<FrameClient> {
  const { hostname, port } = new URL(origin)
  const sockets = Array.from({ length: connections }, () => connect(Number(port), hostname))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const all = sockets.map((socket) => new FrameConnection(socket))
  let turn = 0
  return {
    call: (call) => (all[turn++ % all.length] as FrameConnection).call(call),
    [Symbol.dispose]: () => sockets.forEach((socket) => void socket.destroy()),
  }
}

interface Waiting {
  readonly resolve: (bytes: number) => void
  readonly reject: (error: Error) => void
  bytes: number
}

class FrameConnection {
  readonly #socket: Socket
  readonly #open = new Map<number, Waiting>()
  readonly #queue: { readonly call: FramedCall; readonly waiting: Waiting }[] = []
  #nextStream = 1
  #rest: Buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay()
    socket.write(Buffer.concat([GREETING, LARGE_WINDOW]))
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => {}).on('close', () => this.#lose())
  }

  call(call: FramedCall): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject, bytes: 0 }
      if (this.#open.size < MOST_STREAMS) this.#send(call, waiting)
      else this.#queue.push({ call, waiting })
    })
  }

  #send({ headers, body }: FramedCall, waiting: Waiting): void {
    const stream = this.#nextStream
    this.#nextStream += 2
    this.#open.set(stream, waiting)
    const flags = body.length === 0 ? END_HEADERS | END_STREAM : END_HEADERS
    const frames = [encodeFrame({ type: frameType.headers, flags, stream, payload: headers })]
    if (body.length > 0) frames.push(encodeFrame({ type: frameType.data, flags: END_STREAM, stream, payload: body }))
    this.#socket.write(Buffer.concat(frames))
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (let end = 0; at + FRAME_HEAD <= bytes.length; at = end) {
      end = at + FRAME_HEAD + bytes.readUIntBE(at, 3)
      if (end > bytes.length) break
      this.#readFrame(
        bytes[at + 3] as number,
        bytes[at + 4] as number,
        bytes.readUInt32BE(at + 5),
        end - at - FRAME_HEAD,
      )
    }
    this.#rest = bytes.subarray(at)
  }

  #readFrame(type: number, flags: number, stream: number, length: number): void {
    if (type === frameType.settings && (flags & ACK) === 0) this.#socket.write(SETTINGS_ACK)
    const waiting = this.#open.get(stream)
    if (waiting === undefined) return
    if (type === frameType.data) waiting.bytes += length
    const hasEnded = (type === frameType.data || type === frameType.headers) && (flags & END_STREAM) !== 0
    if (!hasEnded && type !== frameType.rstStream) return
    this.#open.delete(stream)
    if (hasEnded) waiting.resolve(waiting.bytes)
    else waiting.reject(new Error('the server reset a stream'))
    const next = this.#queue.shift()
    if (next !== undefined) this.#send(next.call, next.waiting)
  }

  #lose(): void {
    const lost = [...this.#open.values(), ...this.#queue.map(({ waiting }) => waiting)]
    for (const { reject } of lost) reject(new Error('the server closed the connection'))
  }
}
