import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Bench, Measured, Row } from './bench.ts'
import { type Shape, serviceName, tagOf } from './fill.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const BOUNDS = { seconds: 60, mebibytes: 400 }
const SAMPLE_MS = 50
const REVISIONS = 1_000_000

const inputs: Readonly<Record<string, Shape>> = {
  'one service': { services: 1, revisionsEach: REVISIONS },
  '100,000 services, in no order': { services: 100_000, revisionsEach: REVISIONS / 100_000 },
}

/** The time and the memory for an import of a dump of a million revisions into SQLite. */
export async function importing(bench: Bench): Promise<Row[]> {
  const rows: Row[] = []
  for (const [name, shape] of Object.entries(inputs)) {
    bench.say(`Import, ${name}`)
    const dump = join(bench.folder, `dump-${shape.services}.json`)
    await pipeline(dumpOf(shape), createWriteStream(dump))
    const { seconds, mebibytes } = await run(dump, join(bench.folder, `import-${shape.services}.db`))
    rows.push(
      beside(`Import 1,000,000 revisions, ${name}`, 's', seconds, BOUNDS.seconds),
      beside(`Its memory at the peak`, 'MiB', mebibytes, BOUNDS.mebibytes),
    )
  }
  return rows
}

function beside(name: string, unit: Measured['unit'], ours: number, reference: number): Row {
  const ratio = ours / reference
  const target = { atMost: 1 }
  return {
    name,
    unit,
    against: 'the promised limit',
    target,
    ours,
    reference,
    ratio,
    lowestRatio: ratio,
    highestRatio: ratio,
  }
}

// A dump is in the order of its keys, which are random.
function* dumpOf({ services, revisionsEach }: Shape): Generator<string> {
  const order = Uint32Array.from({ length: services * revisionsEach }, (_, index) => index)
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    const [a, b] = [order[index] as number, order[other] as number]
    order.set([b], index)
    order.set([a], other)
  }
  for (const [place, number] of order.entries()) {
    const revision = Math.floor(number / services)
    const fields = {
      ...{ namespace: 'bench', name: serviceName(number % services), tag: tagOf(revision) },
      ...{ is_default: revision === revisionsEach - 1, created: new Date(1_700_000_000_000 + number).toISOString() },
    }
    yield `${place === 0 ? '[' : ','}${JSON.stringify({ model: 'django_twined.servicerevision', pk: number, fields })}`
  }
  yield ']'
}

async function run(dump: string, path: string): Promise<{ seconds: number; mebibytes: number }> {
  const start = performance.now()
  const child = spawn(process.execPath, [MAIN, 'import', dump, '--quiet', '--store', `sqlite:${path}`])
  let [output, peak] = ['', 0]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const sampling = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid))
  }, SAMPLE_MS)
  await once(child, 'close')
  clearInterval(sampling)
  if (output !== `added ${REVISIONS}, already there 0, skipped 0, refused 0\n`) throw new Error(`it printed ${output}`)
  return { seconds: (performance.now() - start) / 1_000, mebibytes: peak }
}

/** The peak of the process's memory so far, in MiB; 0 if the system does not tell it, or if the process has ended. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
