import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

// Frames of HTTP/2 (RFC 9113), written by hand because no client library sends invalid ones.

/** The types of frames. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const END_STREAM = 1
export const END_HEADERS = 4

/** The first bytes that a client sends. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const MOMENT_MS = 200

export interface Frame {
  readonly type: number
  readonly flags?: number
  readonly stream?: number
  readonly payload?: Uint8Array
  /** The length in the frame's header. Default: the length of the payload. */
  readonly length?: number
}

export type DecodedFrame = Required<Omit<Frame, 'length'>>

export function encodeFrame({ type, flags = 0, stream = 0, payload = Buffer.alloc(0), length }: Frame): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length ?? payload.byteLength, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** The preface and empty settings. After them a client may send requests. */
export const GREETING = Buffer.concat([PREFACE, encodeFrame({ type: frameType.settings })])

/** A block of header fields. Each is a literal without indexing (RFC 7541, section 6.2.2). */
export function encodeHeaders(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    return [encodeInteger(bytes.byteLength, 127), bytes]
  }
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]),
  )
}

/** The headers of a request, in one frame. */
export function encodeRequest(
  stream: number,
  fields: Readonly<Record<string, string>>,
  flags: number = END_HEADERS | END_STREAM,
): Buffer {
  const all = { ':method': 'GET', ':scheme': 'http', ':authority': 'a', ':path': '/livez', ...fields }
  return encodeFrame({ type: frameType.headers, flags, stream, payload: encodeHeaders(all) })
}

/** The complete frames in these bytes. A last frame that is not complete is left out. */
export function decodeFrames(bytes: Buffer): DecodedFrame[] {
  const frames: DecodedFrame[] = []
  let rest = bytes
  while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
    const end = 9 + rest.readUIntBE(0, 3)
    const [type, flags, stream] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5) & 0x7fffffff]
    frames.push({ type, flags, stream, payload: rest.subarray(9, end) })
    rest = rest.subarray(end)
  }
  return frames
}

/**
 * Writes pieces until the other side closes the connection, and resolves with the frames that it sent. Answers are read
 * between two pieces, because a socket whose write fails drops its unread data. `waitFor` makes each piece wait for the
 * answer to a PING, or for 200 ms, so that no data is on its way when the other side closes.
 */
export async function writeUntilClosed(
  socket: Socket,
  pieces: Iterable<Uint8Array>,
  { waitFor }: { readonly waitFor?: 'ping' | 'moment' | undefined } = {},
): Promise<DecodedFrame[]> {
  const said: DecodedFrame[] = []
  const counts = new Map<number, number>()
  const count = (type: number) => counts.get(type) ?? 0
  let rest = Buffer.alloc(0)
  let notice = () => {}
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (const frame of decodeFrames(rest)) {
      said.push(frame)
      counts.set(frame.type, count(frame.type) + 1)
      rest = rest.subarray(9 + frame.payload.byteLength)
    }
    notice()
  })
  socket.on('error', () => {}).on('end', () => socket.destroy())
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let pings = 0
  for (const piece of pieces) {
    if (socket.destroyed || count(frameType.goAway) > 0) break
    await Promise.race([new Promise((resolve) => socket.write(piece, resolve)), closed])
    await new Promise((resolve) => setImmediate(resolve))
    if (waitFor === 'moment') await Promise.race([new Promise((resolve) => setTimeout(resolve, MOMENT_MS)), closed])
    if (waitFor !== 'ping') continue
    pings++
    socket.write(encodeFrame({ type: frameType.ping, payload: Buffer.alloc(8) }))
    const isAnswered = () => count(frameType.ping) >= pings || count(frameType.goAway) > 0
    const answered = new Promise<void>((resolve) => {
      notice = () => isAnswered() && resolve()
      notice()
    })
    await Promise.race([answered, closed])
  }
  await closed
  return said
}

// RFC 7541, section 5.1.
function encodeInteger(value: number, max: number): Buffer {
  if (value < max) return Buffer.from([value])
  const bytes = [max]
  let rest = value - max
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
