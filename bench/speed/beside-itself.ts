import { join } from 'node:path'
import { type Bench, compare, type Measure, type Row } from '../bench.ts'
import { type GetCase, getCases, registerTheRevision, requireRightAnswer } from '../get-cases.ts'
import { loadTool } from '../load.ts'
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

interface Variant {
  readonly name: string
  readonly option: string
  readonly args: readonly string[]
  readonly against: string
}

/** A Get of a server with these arguments, beside the same Get of a server without them. */
async function measure(bench: Bench, current: GetCase, { name, option, args, against }: Variant): Promise<Row> {
  if (!(await hasServeOption(option))) return { name, skipped: `skipped, because waypost serve has no ${option}` }
  const tool = loadTool(current.request.version)
  if (tool === undefined) return { name, skipped: 'skipped, because h2load is not installed' }
  bench.say(name)
  await using plain = await start(bench, current, [])
  await using changed = await start(bench, current, args)
  const { request } = current
  const load = ({ origin }: Running): Measure => {
    return (seconds) => tool.run({ origin, request, seconds, folder: bench.folder })
  }
  return { name, unit: 'a second', against, ...(await compare(bench, { reference: load(plain), ours: load(changed) })) }
}

let servers = 0

async function start({ folder }: Bench, current: GetCase, args: readonly string[]): Promise<Running> {
  const server = await startWaypost(join(folder, `variant-${servers++}.db`), { args })
  await registerTheRevision(server.origin)
  await requireRightAnswer(server.origin, current)
  return server
}
