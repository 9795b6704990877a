import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, besideLimit, type Row } from './bench.ts'
import { fill, type Shape } from './fill.ts'
import { compareGrowth } from './growth.ts'
import { startWaypost } from './servers.ts'

const TEN_MILLION: Shape = { services: 100_000, revisionsEach: 100, isServiceByService: true }
const THOUSAND: Shape = { services: 10, revisionsEach: 100 }

/** The start, the memory and the lookups of a server with ten million revisions. */
export async function tenMillion(bench: Bench): Promise<Row[]> {
  bench.say('Filling: 10,000,000 revisions')
  const [small, large] = [join(bench.folder, 'thousand.db'), join(bench.folder, 'ten-million.db')]
  await fill(small, THOUSAND)
  await fill(large, TEN_MILLION)
  const start = performance.now()
  await using many = await startWaypost(large)
  const seconds = (performance.now() - start) / 1000
  await using few = await startWaypost(small)
  const name = 'Get a tag, 10,000,000 revisions'
  bench.say(name)
  const compared = await compareGrowth(bench, {
    ...{ query: 'exact', name },
    ours: { origin: many.origin, shape: TEN_MILLION },
    reference: { origin: few.origin, shape: THOUSAND },
  })
  return [
    besideLimit({ name: 'Start with 10,000,000 revisions', unit: 's', ours: seconds }),
    compared,
    besideLimit({ name: 'The anonymous memory of that server', unit: 'MiB', ours: anonymousMemory(many.pid) }),
  ]
}

/** The memory of a process that is not the content of files, in MiB. */
function anonymousMemory(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
