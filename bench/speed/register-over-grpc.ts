import { join } from 'node:path'
import { type Bench, compare, type Row } from '../bench.ts'
import { startWaypost } from '../servers.ts'
import { requireStored } from '../stored.ts'
import { IN_FLIGHT, overGrpc, overRest, Registrar } from './registrations.ts'

/** Durable registrations over gRPC, beside the same over REST by the same client, because h2load cannot number bodies. */
export async function registerOverGrpc(bench: Bench): Promise<Row[]> {
  const name = `gRPC Register, ${IN_FLIGHT} in flight`
  bench.say(name)
  const path = join(bench.folder, 'register-over-grpc.db')
  await using waypost = await startWaypost(path)
  using registrar = await Registrar.open(waypost.origin)
  const comparison = await compare(bench, {
    reference: (seconds) => registrar.registerFor(seconds, overRest),
    ours: (seconds) => registrar.registerFor(seconds, overGrpc),
  })
  requireStored(path, registrar.count)
  return [{ name, unit: 'a second', against: 'the same over REST, HTTP/2', ...comparison }]
}
