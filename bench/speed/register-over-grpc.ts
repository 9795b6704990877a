import { join } from 'node:path'
import { type Bench, compare, type Measure, type Row } from '../bench.ts'
import { startWaypost } from '../servers.ts'
import { type Http2Call, keepCalling, openHttp2Client } from './http2-client.ts'
import { grpcRegistration, restRegistration } from './registrations.ts'

const CONNECTIONS = 8
const IN_FLIGHT = 64

/** Durable registrations over gRPC, beside the same over REST by the same client, because h2load cannot number bodies. */
export async function registerOverGrpc(bench: Bench): Promise<Row[]> {
  const name = `gRPC Register, ${IN_FLIGHT} in flight`
  bench.say(name)
  await using waypost = await startWaypost(join(bench.folder, 'register-over-grpc.db'))
  await using client = await openHttp2Client(waypost.origin, CONNECTIONS)
  let registered = 0
  const over =
    (registration: (name: string) => Http2Call): Measure =>
    (seconds) =>
      keepCalling(client, { inFlight: IN_FLIGHT, seconds, next: () => registration(`service-${registered++}`) })
  const comparison = await compare(bench, { reference: over(restRegistration), ours: over(grpcRegistration) })
  return [{ name, unit: 'a second', against: 'the same over REST, HTTP/2', ...comparison }]
}
