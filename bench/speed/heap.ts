import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Bench, besideLimit, type Row } from '../bench.ts'
import { getCases, registerTheRevision } from '../get-cases.ts'
import { type Inspector, openInspector, startInspected } from '../inspector.ts'
import { loadTool } from '../load.ts'
import { type Point, slopeOf } from './slope.ts'

const CONNECTIONS = 100
const SAMPLES = 40
const MIB = 1024 ** 2

/** The growth of the memory that is left after a collection, while 200 connections get at full rate. */
export async function heap(bench: Bench): Promise<Row[]> {
  const name = 'Growth of the heap at full rate, each minute'
  const [http1, http2] = [loadTool('HTTP/1.1'), loadTool('HTTP/2')]
  if (http1 === undefined || http2 === undefined) return [{ name, skipped: 'skipped, because h2load is not installed' }]
  bench.say(`${name}, for ${bench.heapMinutes} min`)
  await using waypost = await startInspected(join(bench.folder, 'heap.db'))
  const { origin } = waypost
  await registerTheRevision(origin)
  using inspector = await openInspector(waypost)
  const load = (seconds: number) => {
    const common = { origin, seconds, folder: bench.folder, connections: CONNECTIONS }
    const grpc = http2.run({ ...common, request: getCases.grpc.request, streams: 1 })
    return Promise.all([grpc, http1.run({ ...common, request: getCases.rest.request })])
  }
  // The memory still grows while the code is compiled and the kept answers are filled.
  const seconds = bench.heapMinutes * 60
  await load(Math.ceil(seconds / 10))
  const loading = load(seconds)
  const [samples] = await Promise.all([sample(inspector, seconds), loading])
  const detail = `${samples.at(0)?.y.toFixed(1)} to ${samples.at(-1)?.y.toFixed(1)} MiB in ${bench.heapMinutes} min`
  return [besideLimit({ name, detail, unit: 'MiB', ours: slopeOf(samples) })]
}

/** The memory after a collection, in MiB, over the time in minutes. */
async function sample(inspector: Inspector, seconds: number): Promise<Point[]> {
  const samples: Point[] = []
  const start = performance.now()
  for (let index = 1; index <= SAMPLES; index++) {
    await setTimeout(Math.max(0, start + (index / SAMPLES) * 0.95 * seconds * 1_000 - performance.now()))
    samples.push({ x: (performance.now() - start) / 60_000, y: await memoryAfterCollection(inspector) })
  }
  return samples
}

async function memoryAfterCollection(inspector: Inspector): Promise<number> {
  await inspector.post('HeapProfiler.collectGarbage')
  const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())'
  const { result } = (await inspector.post('Runtime.evaluate', { expression })) as {
    readonly result: { readonly value: number }
  }
  return result.value / MIB
}
