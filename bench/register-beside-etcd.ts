import { join } from 'node:path'
import { type Bench, compare, type Row } from './bench.ts'
import { hasEtcd, startEtcd } from './etcd.ts'
import { put } from './etcd-calls.ts'
import { loadTool } from './load.ts'
import type { Request } from './request.ts'
import { startWaypost } from './servers.ts'
import { findWrk, measureWithWrk } from './wrk.ts'

// The bytes that a registration stores, without its indexes. See docs/benchmarks.md.
const VALUE_BYTES = 380

/** Durable registrations of distinct services, beside durable writes of etcd on the same disk. */
export async function registerBesideEtcd(bench: Bench): Promise<Row[]> {
  const name = (clients: number) => `Register, durable, ${clients === 1 ? '1 client' : `${clients} clients`}, REST`
  const missing = !hasEtcd() ? 'etcd' : (findWrk() && loadTool('HTTP/2')) === undefined ? 'wrk or h2load' : undefined
  if (missing !== undefined) return [{ name: name(64), skipped: `skipped: ${missing} is missing` }]
  await using etcd = await startEtcd(bench.folder)
  await using waypost = await startWaypost(join(bench.folder, 'beside-etcd.db'))
  const rows: Row[] = []
  for (const clients of [1, 64]) {
    bench.say(`Register beside etcd, ${clients} clients`)
    let round = 0
    const comparison = await compare(bench, {
      ours: async (seconds) => {
        const origin = waypost.origin
        const request = registration(`service-${clients}-${round++}-`)
        return (await measureWithWrk({ origin, request, seconds, folder: bench.folder, connections: clients })).rate
      },
      reference: async (seconds) => {
        const load = {
          origin: etcd.origin,
          request: put(VALUE_BYTES),
          seconds,
          folder: bench.folder,
          connections: clients,
        }
        return (await loadTool('HTTP/2')?.run({ ...load, streams: 1 })) ?? 0
      },
    })
    rows.push({
      ...{ name: name(clients), unit: 'a second', against: 'etcd put over gRPC' },
      ...comparison,
    })
  }
  return rows
}

/** A registration of a new service each time, because wrk adds a number to the path. */
export function registration(prefix: string): Request {
  return {
    version: 'HTTP/1.1',
    method: 'POST',
    paths: [`/services/bench/${prefix}`],
    areNumbered: true,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"revision_tag": "1.0.0"}'),
  }
}
