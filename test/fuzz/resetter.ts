import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { targetOf } from '../differential/senders.ts'
import type { Wire } from '../differential/ways.ts'
import {
  decodeFrames,
  END_HEADERS,
  END_STREAM,
  encodeFrame,
  encodeRequest,
  frameType,
  GREETING,
} from '../support/http2-frames.ts'
import { openSocket } from '../support/raw-http.ts'
import type { Random } from './random.ts'

/** So many that the answers fit into the first window of a connection. */
const STREAMS = 40
const LONGEST_MS = 5_000
const ACK = 1
const CODES = [0, 1, 2, 8, 0x99]

/**
 * Sends requests over HTTP/2 whose streams are reset. It writes the frames itself, because Node's client can crash if it
 * resets a stream at once (https://github.com/nodejs/node/issues/38964).
 */
export class Resetter {
  readonly #url: string
  #session: Session | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** Sends a request, and resets its stream: at once, in its body, after its body, or once the answer has begun. */
  async reset(wire: Wire, random: Random): Promise<void> {
    if (this.#session === undefined || !this.#session.hasRoom) this.#session = new Session(openSocket(this.#url))
    const session = this.#session
    const stream = session.nextStream()
    const { body } = wire
    const part = body.subarray(0, random.below(body.length + 1))
    const data = (payload: Buffer, flags = 0) => encodeFrame({ type: frameType.data, stream, flags, payload })
    const unfinished = [[], [data(part)], [data(part), data(body.subarray(part.length))]]
    const whole = [
      [data(body, END_STREAM)],
      [data(part), data(body.subarray(part.length), END_STREAM)],
      [data(Buffer.alloc(0), END_STREAM)],
      [data(Buffer.concat([body, body]), END_STREAM)],
    ]
    const isWhole = random.below(2) === 0
    const frames = [head(stream, wire), ...random.pick(isWhole ? whole : unfinished)]
    if (random.below(2) === 0) session.write(Buffer.concat(frames))
    else for (const frame of frames) await session.writeAlone(frame)
    const waits = random.below(3)
    if (waits === 1) await sleep(random.below(4))
    if (waits === 2 && isWhole) await session.answerTo(stream)
    const payload = Buffer.from([0, 0, 0, random.pick(CODES)])
    session.write(encodeFrame({ type: frameType.rstStream, stream, payload }))
    if (random.below(50) === 0) session.cut()
  }

  close(): void {
    this.#session?.cut()
  }
}

/** One connection of a client that resets streams. */
class Session {
  readonly #socket: Socket
  readonly #waiting = new Map<number, () => void>()
  #rest: Buffer = Buffer.alloc(0)
  #streams = 0

  constructor(socket: Socket) {
    this.#socket = socket
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .once('end', () => socket.destroy())
      .once('close', () => {
        for (const stream of this.#waiting.keys()) this.#tell(stream)
      })
    this.write(GREETING)
  }

  get hasRoom(): boolean {
    return this.#streams < STREAMS && this.#socket.writable
  }

  nextStream(): number {
    return 2 * this.#streams++ + 1
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes)
    if (this.#streams === STREAMS) setTimeout(() => this.cut(), LONGEST_MS).unref()
  }

  /** Writes bytes that the server probably gets alone. */
  async writeAlone(bytes: Buffer): Promise<void> {
    this.write(bytes)
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Resolves once the server has sent anything for a stream, or has reset it, or does not for a long time. */
  answerTo(stream: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LONGEST_MS)
      this.#waiting.set(stream, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  cut(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#rest, chunk])
    const frames = decodeFrames(bytes)
    this.#rest = bytes.subarray(frames.reduce((sum, { payload }) => sum + 9 + payload.length, 0))
    for (const { type, flags, stream, payload } of frames) {
      if (type === frameType.settings && (flags & ACK) === 0) this.write(encodeFrame({ type, flags: ACK }))
      if (type === frameType.ping && (flags & ACK) === 0) this.write(encodeFrame({ type, flags: ACK, payload }))
      this.#tell(stream)
    }
  }

  #tell(stream: number): void {
    this.#waiting.get(stream)?.()
    this.#waiting.delete(stream)
  }
}

function head(stream: number, wire: Wire): Buffer {
  const fields = { ':method': wire.verb, ':path': targetOf(wire), ...Object.fromEntries(wire.headers) }
  return encodeRequest(stream, fields, END_HEADERS)
}
