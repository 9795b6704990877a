import { join } from 'node:path'
import { type Bench, type Measure, measureInTurn, type Pair, type Row, toComparison } from './bench.ts'
import { hasEtcd, startEtcd } from './etcd.ts'
import { put, serializableRange } from './etcd-calls.ts'
import { type GetCase, getCases, registerTheRevision, requireRightAnswer } from './get-cases.ts'
import { loadTool } from './load.ts'
import { type Answer, type Request, send } from './request.ts'
import { metricsArgs } from './serve-options.ts'
import { type Running, startBareListener, startWaypost } from './servers.ts'

/**
 * Get over each protocol, beside a listener that only sends the same bytes. gRPC is beside etcd, too. The server counts its
 * calls for Prometheus, because the targets must hold with metrics.
 */
export async function getOverProtocols(bench: Bench): Promise<Row[]> {
  await using waypost = await startWaypost(join(bench.folder, 'get.db'), { args: await metricsArgs() })
  await registerTheRevision(waypost.origin)
  const rows: Row[] = []
  for (const current of Object.values(getCases)) rows.push(...(await measure(bench, current, waypost.origin)))
  return rows
}

async function measure(bench: Bench, current: GetCase, origin: string): Promise<Row[]> {
  const { name, request } = current
  if (loadTool(request.version) === undefined) return [{ name, skipped: 'skipped, because h2load is not installed' }]
  bench.say(name)
  const answer = await requireRightAnswer(origin, current)
  await using bare = await startBareListener(request.version, answer)
  await requireSameAnswer(bare.origin, request, answer)
  await using etcd = current === getCases.grpc && hasEtcd() ? await startEtcdLike(bench, answer) : undefined
  const rounds = await measureInTurn(bench, {
    etcd: etcd ? await toMeasure(bench, etcd.origin, serializableRange()) : async () => Number.NaN,
    bare: await toMeasure(bench, bare.origin, request),
    ours: await toMeasure(bench, origin, request),
  })
  await requireSameAnswer(origin, request, answer)
  const beside = (reference: 'bare' | 'etcd'): Pair[] =>
    rounds.map((round) => ({ ours: round.ours, reference: round[reference] }))
  const against = `bare ${request.version === 'HTTP/2' ? 'node:http2 streams' : 'node:http'}, same bytes`
  const row: Row = { name, unit: 'a second', against, ...toComparison(beside('bare')) }
  if (current !== getCases.grpc) return [row]
  const besideEtcd = `${name}, beside etcd`
  if (etcd === undefined) return [row, { name: besideEtcd, skipped: 'skipped, because etcd is not installed' }]
  const range = 'etcd serializable Range, GOMAXPROCS=1'
  return [row, { name: besideEtcd, unit: 'a second', against: range, ...toComparison(beside('etcd')) }]
}

/** etcd on one core, with a value of as many bytes as the answer of the registry. */
async function startEtcdLike({ folder }: Bench, { body }: Answer): Promise<Running> {
  const etcd = await startEtcd(folder, { GOMAXPROCS: '1' })
  const { trailers } = await send(etcd.origin, put(body.byteLength))
  if (trailers['grpc-status'] !== '0') throw new Error(`etcd answered ${JSON.stringify(trailers)}`)
  return etcd
}

async function toMeasure({ folder }: Bench, origin: string, request: Request): Promise<Measure> {
  const tool = loadTool(request.version)
  const answerBytes = (await send(origin, request)).body.byteLength
  return async (seconds) => (await tool?.run({ origin, request, seconds, folder, answerBytes })) ?? 0
}

async function requireSameAnswer(origin: string, request: Request, expected: Answer): Promise<void> {
  const answer = await send(origin, request)
  if (JSON.stringify(answer) === JSON.stringify(expected)) return
  throw new Error(`the answers differ: ${JSON.stringify(answer)}, ${JSON.stringify(expected)}`)
}
