import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Bench, compare, median, type Row } from '../bench.ts'
import { getCases, registerTheRevision, requireRightAnswer } from '../get-cases.ts'
import { startWaypost } from '../servers.ts'
import { type Http2Client, openHttp2Client, toCall } from './http2-client.ts'
import type { Resets } from './resets.ts'

const RESETS = new URL('resets.ts', import.meta.url)
// The server may still have work of the attack when the attacker is gone.
const SETTLE_MS = 1_000

/** The time of one client's Gets while another client sends requests and resets them, beside the same before. */
export async function rapidReset(bench: Bench): Promise<Row[]> {
  const name = 'gRPC Get beside a rapid reset, median time'
  bench.say(name)
  await using waypost = await startWaypost(join(bench.folder, 'rapid-reset.db'))
  await registerTheRevision(waypost.origin)
  await requireRightAnswer(waypost.origin, getCases.grpc)
  await using client = await openHttp2Client(waypost.origin, 1)
  const rates: number[] = []
  const comparison = await compare(bench, {
    reference: (seconds) => medianTime(client, seconds),
    ours: async (seconds) => {
      const attack = await startAttack(waypost.origin)
      const time = await medianTime(client, seconds)
      rates.push((await attack.stop()) / seconds)
      await setTimeout(SETTLE_MS)
      await client.call(toCall(getCases.grpc.request))
      return time
    },
  })
  const detail = `about ${Math.round(median(rates)).toLocaleString('en')} resets/s`
  return [{ name, detail, unit: 'µs', against: 'before it', ...comparison }]
}

/** Starts a thread that sends requests and resets each at once. `stop` resolves with the number of these requests. */
export async function startAttack(origin: string): Promise<{ stop(): Promise<number> }> {
  const { hostname: host, port } = new URL(origin)
  const resets: Resets = { host, port: Number(port), sent: new Int32Array(new SharedArrayBuffer(4)) }
  const attacker = new Worker(RESETS, { workerData: resets })
  while (Atomics.load(resets.sent, 0) === 0) await setTimeout(10)
  return {
    stop: async () => {
      await attacker.terminate()
      return Atomics.load(resets.sent, 0)
    },
  }
}

/** The median time of one Get after another, in microseconds. */
async function medianTime(client: Http2Client, seconds: number): Promise<number> {
  const call = toCall(getCases.grpc.request)
  const times: number[] = []
  for (const start = performance.now(); performance.now() - start < seconds * 1_000; ) {
    const before = performance.now()
    await client.call(call)
    times.push((performance.now() - before) * 1_000)
  }
  return median(times)
}
