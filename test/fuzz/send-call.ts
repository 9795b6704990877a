import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { targetOf } from '../differential/senders.ts'
import type { Wire } from '../differential/ways.ts'
import { openSocket, readAnswer } from '../support/raw-http.ts'
import type { Random } from './random.ts'

const TIMEOUT_MS = 20_000
const LONGEST_MS = 5_000
const CODES = [constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_PROTOCOL_ERROR, 0x99]

/** Sends a request over HTTP/1.1 and ends the connection's own half. Resolves with the status of the answer. */
export async function sendHalfClosed(url: string, wire: Wire): Promise<number | undefined> {
  const socket = openSocket(url)
  const answer = readAnswer(socket, TIMEOUT_MS)
  socket.end(toBytes(url, wire))
  const { status } = await answer.finally(() => socket.destroy())
  return status
}

/** Sends a part of a request over HTTP/1.1, and cuts the connection: before its answer, or once the answer has begun. */
export async function cutHttp1(url: string, wire: Wire, random: Random): Promise<void> {
  const socket = openSocket(url)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const bytes = toBytes(url, wire)
  const stage = random.below(4)
  const size = stage < 2 ? random.below(bytes.length + 1) : bytes.length
  await Promise.race([new Promise((resolve) => socket.write(bytes.subarray(0, size), resolve)), closed])
  if (stage === 3)
    await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed, sleep(LONGEST_MS)])
  if (random.below(2) === 0) socket.resetAndDestroy()
  else socket.destroy()
  await closed
}

/** Sessions over HTTP/2 whose streams are reset. The server may end such a session, and another one follows. */
export class Resetter {
  readonly #url: string
  #session: ClientHttp2Session | undefined

  constructor(url: string) {
    this.#url = url
  }

  /**
   * Sends a request in pieces, and resets its stream: at once, in its body, after its body, once the answer has begun, or
   * together with the whole session.
   */
  async reset(wire: Wire, random: Random): Promise<void> {
    const session = this.#open()
    const stage = random.below(6)
    const fields = { ':method': wire.verb, ':path': targetOf(wire), ...Object.fromEntries(wire.headers) }
    const stream = session
      .request(fields, { endStream: false })
      .on('error', () => {})
      .resume()
    const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()))
    const begun = new Promise<void>((resolve) => stream.once('response', () => resolve()))
    const half = random.below(wire.body.length + 1)
    if (stage > 0) stream.write(wire.body.subarray(0, half))
    if (stage > 1) stream.end(wire.body.subarray(half))
    if (stage === 2) await sleep(random.below(3))
    if (stage > 2) await Promise.race([begun, closed, sleep(LONGEST_MS)])
    if (stage === 4 && random.below(20) === 0) session.destroy()
    // At stage 5 the client only reads slowly.
    if (stage === 5) stream.pause()
    stream.close(random.pick(CODES))
    await Promise.race([closed, sleep(LONGEST_MS)])
  }

  close(): void {
    this.#session?.destroy()
  }

  #open(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#url).on('error', () => {})
    }
    return this.#session
  }
}

function toBytes(url: string, { body, ...wire }: Wire): Buffer {
  const fields = [['host', new URL(url).host] as const, ...wire.headers, ['content-length', `${body.length}`] as const]
  const lines = [
    `${wire.verb} ${targetOf({ ...wire, body })} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}
