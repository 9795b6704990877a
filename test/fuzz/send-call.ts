import { setTimeout as sleep } from 'node:timers/promises'
import { targetOf } from '../differential/senders.ts'
import type { Wire } from '../differential/ways.ts'
import { openSocket, readAnswer } from '../support/raw-http.ts'
import type { Random } from './random.ts'

const TIMEOUT_MS = 20_000
const LONGEST_MS = 5_000

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

function toBytes(url: string, { body, ...wire }: Wire): Buffer {
  const fields = [['host', new URL(url).host] as const, ...wire.headers, ['content-length', `${body.length}`] as const]
  const lines = [
    `${wire.verb} ${targetOf({ ...wire, body })} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}
