import { join } from 'node:path'
import { type Bench, compare, type Row } from '../bench.ts'
import { fill, type Shape, serviceName, tagOf } from '../fill.ts'
import { type ExpectedGet, measureGets } from '../gets.ts'
import { loadTool } from '../load.ts'
import { startWaypost } from '../servers.ts'

const SHAPE: Shape = { services: 100_000, revisionsEach: 1 }

/** Gets that never repeat before all other services had their turn, beside Gets of the same service again and again. */
export async function manyServices(bench: Bench): Promise<Row[]> {
  const name = 'REST Get, 100,000 services in turn'
  const tool = loadTool('HTTP/1.1')
  if (tool === undefined) throw new Error('there is no load tool for HTTP/1.1')
  bench.say(name)
  const path = join(bench.folder, '100000-services.db')
  await fill(path, SHAPE)
  await using waypost = await startWaypost(path)
  // Both lists have the same length, so that the load tool has the same work.
  const toGets = (service: (index: number) => number) =>
    Array.from({ length: SHAPE.services }, (_, index) => toGet(service(index)))
  const inTurn = toGets((index) => index)
  const same = toGets(() => 0)
  const comparison = await compare(bench, {
    reference: await measureGets(bench, tool, waypost.origin, same),
    ours: await measureGets(bench, tool, waypost.origin, inTurn),
  })
  return [{ name, unit: 'µs', against: 'the same service each time', ...comparison }]
}

function toGet(service: number): ExpectedGet {
  const revision = { namespace: 'bench', name: serviceName(service), revision_tag: tagOf(0), is_default: true }
  return { path: `/services/bench/${serviceName(service)}`, body: JSON.stringify(revision) }
}
