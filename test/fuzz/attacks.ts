import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { END_HEADERS, encodeFrame, encodeHeaders, encodeRequest, frameType, GREETING } from '../support/http2-frames.ts'
import { makeInput } from './inputs.ts'
import type { Random } from './random.ts'

/** The longest time that an attacker keeps a connection after its last byte, in milliseconds. */
const KEEP_MS = 300

/** One connection of an attacker: the bytes that it sends. */
type Attack = (random: Random) => readonly Buffer[]

const many = (random: Random, make: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: 1 + random.below(300) }, (_, index) => make(index)))
const stream = (index: number) => 2 * index + 1
const post = { ':method': 'POST', ':path': '/services/fuzz/nothing', ':authority': 'localhost' }
const cancel = (id: number) =>
  encodeFrame({ type: frameType.rstStream, stream: id, payload: Buffer.from([0, 0, 0, 8]) })
const greeted = (...rest: readonly Buffer[]) => [Buffer.concat([GREETING, ...rest])]

/** The attacks, by their names. */
export const attacks: Readonly<Record<string, Attack>> = {
  'a mutated exchange': (random) => makeInput(random.below(2 ** 31), 0).chunks,
  'a cut frame': (random) => {
    const frame = encodeFrame({ type: random.below(10), stream: random.below(4), payload: random.bytes(40) })
    return greeted(encodeRequest(1, post, END_HEADERS), frame.subarray(0, random.below(frame.length)))
  },
  'a frame with a wrong length': (random) =>
    greeted(encodeFrame({ type: random.below(12), payload: random.bytes(20), length: random.below(2 ** 24) })),
  'a flood of requests that are reset': (random) =>
    greeted(many(random, (index) => Buffer.concat([encodeRequest(stream(index), post, 4), cancel(stream(index))]))),
  'a flood of resets': (random) => greeted(many(random, (index) => cancel(stream(index)))),
  'a flood of SETTINGS': (random) =>
    greeted(many(random, () => encodeFrame({ type: frameType.settings, payload: Buffer.from([0, 3, 0, 0, 0, 9]) }))),
  'a flood of PINGs': (random) =>
    greeted(many(random, () => encodeFrame({ type: frameType.ping, payload: random.bytes(8) }))),
  'a flood of CONTINUATION frames': (random) =>
    greeted(
      encodeRequest(1, post, 0),
      many(random, (index) => {
        const payload = encodeHeaders({ [`x-${index}`]: 'a'.repeat(random.below(100)) })
        return encodeFrame({ type: frameType.continuation, stream: 1, payload })
      }),
    ),
  'a bomb of indexed headers': (random) => {
    // The first field enters the dynamic table as number 62, and each later byte repeats all of it (RFC 7541).
    const [name, value] = [Buffer.from('x-bomb'), Buffer.alloc(100, 'a')]
    const entry = [Buffer.from([0x40, name.length]), name, Buffer.from([value.length]), value]
    const payload = Buffer.concat([...entry, Buffer.alloc(random.below(10_000), 0x80 | 62)])
    return greeted(encodeFrame({ type: frameType.headers, flags: 5, stream: 1, payload }))
  },
  'a bomb of headers': (random) => {
    const fields = Array.from(
      { length: random.below(3_000) },
      (_, index) => `x-${index}: ${'a'.repeat(random.below(40))}\r\n`,
    )
    return [Buffer.from(`GET /livez HTTP/1.1\r\nHost: localhost\r\n${fields.join('')}\r\n`)]
  },
  'a request that is cut off': (random) => {
    const bytes = Buffer.from(
      'POST /services/fuzz/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{"revision_tag":',
    )
    return [bytes.subarray(0, random.below(bytes.length + 1))]
  },
  'many large answers': (random) => [
    Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1 + random.below(20))),
  ],
  'many large answers over HTTP/2': (random) =>
    greeted(
      many(random, (index) => encodeRequest(stream(index), { ':path': '/openapi.json', ':authority': 'localhost' })),
    ),
  'an upgrade': (random) => {
    const head = `GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${random.pick(['h2c', 'websocket', ''])}\r\n\r\n`
    return [Buffer.from(head), random.pick([GREETING, random.bytes(30), Buffer.from('GET /livez HTTP/1.1\r\n\r\n')])]
  },
}

/** Opens a connection, sends the bytes of an attack, and ends the connection in one of several ways. */
export async function attack(port: number, name: string, random: Random): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: random.below(2) === 0 }).on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  // Some attackers never read.
  if (random.below(4) > 0) socket.resume()
  for (const chunk of attacks[name]?.(random) ?? []) {
    if (!socket.writable) break
    await Promise.race([new Promise((resolve) => socket.write(chunk, resolve)), closed])
    if (random.below(4) === 0) await sleep(random.below(10))
  }
  if (random.below(2) === 0) await Promise.race([closed, sleep(random.below(KEEP_MS))])
  endSomehow(socket, random)
  await Promise.race([closed, sleep(KEEP_MS)])
  socket.destroy()
}

function endSomehow(socket: Socket, random: Random): void {
  const how = random.below(3)
  if (how === 0) socket.resetAndDestroy()
  else if (how === 1) socket.destroy()
  else socket.end()
}
