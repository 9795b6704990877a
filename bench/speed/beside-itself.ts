import { join } from 'node:path'
import { makeToken, writeAccessFile } from '../../test/support/access-file.ts'
import { type Bench, compare, type Measure, type Row } from '../bench.ts'
import { type GetCase, getCases, registerTheRevision, requireRightAnswer } from '../get-cases.ts'
import { loadTool } from '../load.ts'
import type { Load } from '../load-tool.ts'
import type { Request } from '../request.ts'
import { hasServeOption, metricsArgs } from '../serve-options.ts'
import { type Running, startWaypost } from '../servers.ts'

/** A server with two worker processes, beside one with one. */
export async function twoWorkers(bench: Bench): Promise<Row[]> {
  const variant = { option: '--workers', args: ['--workers', '2'], against: 'one worker' }
  return [
    await measure(bench, getCases.grpc, { ...variant, name: 'gRPC Get, 2 workers' }),
    await measure(bench, getCases.rest, { ...variant, name: `${getCases.rest.name}, 2 workers` }),
  ]
}

/** A server that counts its calls for Prometheus, beside one that does not. */
export async function metrics(bench: Bench): Promise<Row[]> {
  const variant = { option: '--metrics-port', args: await metricsArgs(), against: 'without metrics' }
  return [await measure(bench, getCases.grpc, { ...variant, name: 'gRPC Get with metrics' })]
}

/** Callers with a token, beside callers of a server without access control. */
export async function tokens(bench: Bench): Promise<Row[]> {
  const { args, headers } = await accessWithToken(bench.folder)
  const variant = { option: '--auth', args, headers, against: 'without access control' }
  return [
    await measure(bench, getCases.grpc, { ...variant, name: 'gRPC Get with a token' }),
    await measure(bench, getCases.rest, { ...variant, name: `${getCases.rest.name}, with a token` }),
  ]
}

/** Calls that are refused because their caller sends too many, beside calls that are answered. */
export async function refusals(bench: Bench): Promise<Row[]> {
  const args = ['--rate-limit', 'reads=1']
  const variant = { option: '--rate-limit', args, isRefused: true, against: 'answered' }
  return [
    await measure(bench, getCases.grpc, { ...variant, name: 'gRPC Get above the rate limit' }),
    await measure(bench, getCases.rest, { ...variant, name: `${getCases.rest.name}, above the rate limit` }),
  ]
}

// Anyone may register the revision of the benchmark. The token is another caller's.
async function accessWithToken(folder: string) {
  const caller = makeToken('caller')
  const grants = [
    { permissions: ['register', 'read'], on: ['*'], to: 'anyone' },
    { permissions: ['read'], on: ['my-org/*'], to: { token: 'caller' } },
  ]
  const file = await writeAccessFile(folder, { tokens: [caller], grants })
  return { args: ['--auth', file], headers: caller.headers }
}

interface Variant {
  readonly name: string
  readonly option: string
  readonly args: readonly string[]
  readonly against: string
  /** Headers that the requests to the changed server have, too. */
  readonly headers?: Request['headers']
  /** Whether the changed server refuses the requests. */
  readonly isRefused?: boolean
}

/** A Get of a server with these arguments, beside the same Get of a server without them. */
async function measure(bench: Bench, current: GetCase, variant: Variant): Promise<Row> {
  const { name, option, args, against, headers, isRefused = false } = variant
  if (!(await hasServeOption(option))) return { name, skipped: `skipped, because waypost serve has no ${option}` }
  const tool = loadTool(current.request.version)
  if (tool === undefined) return { name, skipped: 'skipped, because h2load is not installed' }
  bench.say(name)
  await using plain = await start(bench, current, [])
  await using changed = await start(bench, current, args)
  const load = ({ origin }: Running, request: Request, others: Pick<Load, 'isRefused'> = {}): Measure => {
    return (seconds) => tool.run({ origin, request, seconds, folder: bench.folder, ...others })
  }
  const { request } = current
  const changedRequest = { ...request, headers: { ...request.headers, ...headers } }
  const sides = { reference: load(plain, request), ours: load(changed, changedRequest, { isRefused }) }
  return { name, unit: 'a second', against, ...(await compare(bench, sides)) }
}

let servers = 0

async function start({ folder }: Bench, current: GetCase, args: readonly string[]): Promise<Running> {
  const server = await startWaypost(join(folder, `variant-${servers++}.db`), { args })
  await registerTheRevision(server.origin)
  await requireRightAnswer(server.origin, current)
  return server
}
