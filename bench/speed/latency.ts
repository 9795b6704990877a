import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Bench, type Pair, percentile, type Row, toComparison } from '../bench.ts'
import { getCases, registerTheRevision, requireRightAnswer } from '../get-cases.ts'
import { loadTool } from '../load.ts'
import { startBareListener, startWaypost } from '../servers.ts'
import type { Arrivals } from './arrivals.ts'

const ARRIVALS = new URL('arrivals.ts', import.meta.url)

/** A server that answers the Get. */
interface Asked {
  readonly origin: string
  /** The bytes of the body of each answer. */
  readonly answerBytes: number
}

/**
 * The times of Gets that arrive at half of the maximum rate: the slowest of a hundred beside the median. The bare listener
 * has a row, too, because the pauses of the garbage collector after the streams of Node's HTTP/2 are a part of both.
 */
export async function latency(bench: Bench): Promise<Row[]> {
  const name = 'gRPC Get at half of the maximum rate, p99'
  if (loadTool('HTTP/2') === undefined) return [{ name, skipped: 'skipped, because h2load is not installed' }]
  bench.say(name)
  await using waypost = await startWaypost(join(bench.folder, 'latency.db'))
  await registerTheRevision(waypost.origin)
  const answer = await requireRightAnswer(waypost.origin, getCases.grpc)
  const answerBytes = answer.body.byteLength
  const ours = await atHalfRate(bench, name, { origin: waypost.origin, answerBytes })
  await using bare = await startBareListener('HTTP/2', answer)
  const theirs = await atHalfRate(bench, 'A bare answer on node:http2 streams, p99', {
    origin: bare.origin,
    answerBytes,
  })
  return [ours, theirs]
}

async function atHalfRate(bench: Bench, name: string, { origin, answerBytes }: Asked): Promise<Row> {
  const { request } = getCases.grpc
  const maximum = await loadTool('HTTP/2')?.run({ origin, request, seconds: bench.seconds + 1, folder: bench.folder })
  const rate = (maximum ?? Number.NaN) / 2
  const arrivals = { origin, request, answerBytes, rate, seconds: bench.seconds }
  await measureArrivals(arrivals)
  const pairs: Pair[] = []
  for (let round = 0; round < bench.rounds; round++) {
    const times = await measureArrivals(arrivals)
    pairs.push({ ours: percentile(times, 0.99), reference: percentile(times, 0.5) })
  }
  const detail = `${Math.round(rate).toLocaleString('en')}/s`
  return { name, detail, unit: 'µs', against: 'their median', ...toComparison(pairs) }
}

/** The times of all calls in microseconds, from the moment at which each was due. */
async function measureArrivals(arrivals: Arrivals): Promise<readonly number[]> {
  const [times] = (await once(new Worker(ARRIVALS, { workerData: arrivals }), 'message')) as [Float64Array]
  return [...times]
}
