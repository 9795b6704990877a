import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Bench, type Pair, percentile, type Row, toComparison } from '../bench.ts'
import { getCases, registerTheRevision, requireRightAnswer } from '../get-cases.ts'
import { loadTool } from '../load.ts'
import { startWaypost } from '../servers.ts'
import type { Arrivals } from './arrivals.ts'

const ARRIVALS = new URL('arrivals.ts', import.meta.url)

/** The times of Gets that arrive at half of the maximum rate: the slowest of a hundred beside the median. */
export async function latency(bench: Bench): Promise<Row[]> {
  const name = 'gRPC Get at half of the maximum rate, p99'
  const tool = loadTool('HTTP/2')
  if (tool === undefined) return [{ name, skipped: 'skipped, because h2load is not installed' }]
  bench.say(name)
  await using waypost = await startWaypost(join(bench.folder, 'latency.db'))
  const { origin } = waypost
  await registerTheRevision(origin)
  const { request } = getCases.grpc
  const answerBytes = (await requireRightAnswer(origin, getCases.grpc)).body.byteLength
  const maximum = await tool.run({ origin, request, seconds: bench.seconds + 1, folder: bench.folder })
  const arrivals = { origin, request, answerBytes, rate: maximum / 2 }
  await measureArrivals({ ...arrivals, seconds: bench.seconds })
  const pairs: Pair[] = []
  for (let round = 0; round < bench.rounds; round++) {
    const times = await measureArrivals({ ...arrivals, seconds: bench.seconds })
    pairs.push({ ours: percentile(times, 0.99), reference: percentile(times, 0.5) })
  }
  const detail = `${Math.round(maximum / 2).toLocaleString('en')}/s`
  return [{ name, detail, unit: 'µs', against: 'their median', ...toComparison(pairs) }]
}

/** The times of all calls in microseconds, from the moment at which each was due. */
async function measureArrivals(arrivals: Arrivals): Promise<readonly number[]> {
  const [times] = (await once(new Worker(ARRIVALS, { workerData: arrivals }), 'message')) as [Float64Array]
  return [...times]
}
