import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bench, besideLimit, compare, median, type Row } from './bench.ts'
import { fill, serviceName } from './fill.ts'
import { keepPosting } from './posting.ts'
import { startWaypost } from './servers.ts'
import { findWrk, measureWithWrk, type WrkResult } from './wrk.ts'

const SOURCE = fileURLToPath(new URL('slow-sync.c', import.meta.url))
const CLIENTS = 8
const SERVICES = 100
const NAME = `Get beside ${CLIENTS} clients that register, a sync of 10 ms`

/** Lookups on a slow disk while others register, beside the same lookups alone. */
export async function slowDisk(bench: Bench): Promise<Row[]> {
  const shim = join(bench.folder, 'slow-sync.so')
  const missing = findWrk() === undefined ? 'wrk is missing' : compile(shim)
  if (missing !== undefined) return [{ name: NAME, skipped: `skipped: ${missing}` }]
  bench.say('Get on a slow disk')
  const path = join(bench.folder, 'slow-disk.db')
  await fill(path, { services: SERVICES, revisionsEach: 10 })
  await using waypost = await startWaypost(path, { env: { LD_PRELOAD: shim } })
  const { origin } = waypost
  const read = (seconds: number) => measureWithWrk({ origin, request: gets(), seconds, folder: bench.folder })
  const p99s: number[] = []
  let registered = 0
  const next = () => ({ path: `/services/bench/slow-${registered++}`, body: '{"revision_tag": "1.0.0"}' })
  const readBeside = async (seconds: number): Promise<WrkResult> => {
    const posting = keepPosting({ origins: [origin], clients: CLIENTS, seconds: seconds + 1, next })
    const result = await read(seconds)
    if ((await posting).count === 0) throw new Error('nobody registered')
    p99s.push(result.p99Ms)
    return result
  }
  const comparison = await compare(bench, {
    ours: async (seconds) => (await readBeside(seconds)).rate,
    reference: async (seconds) => (await read(seconds)).rate,
  })
  return [
    { name: NAME, unit: 'a second', against: 'the same alone', ...comparison },
    besideLimit({ name: 'Its time for 99 % of the lookups', unit: 'ms', ours: median(p99s) }),
  ]
}

function gets() {
  const [first = '', ...rest] = Array.from({ length: SERVICES }, (_, each) => `/services/bench/${serviceName(each)}`)
  return { version: 'HTTP/1.1', method: 'GET', paths: [first, ...rest], headers: {} } as const
}

/** Compiles the library that makes syncs slow. Returns the reason if it cannot. */
function compile(shim: string): string | undefined {
  const { error, status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', shim, SOURCE, '-ldl'], {
    encoding: 'utf8',
  })
  if (error) return 'a C compiler is missing'
  return status === 0 ? undefined : stderr
}
