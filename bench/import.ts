import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { type Bench, besideLimit, type Row } from './bench.ts'
import { type Shape, serviceName, tagOf } from './fill.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const SAMPLE_MS = 50
const REVISIONS = 1_000_000

const MANY_SERVICES = '100,000 services, in no order'

const inputs: Readonly<Record<string, Shape>> = {
  'one service': { services: 1, revisionsEach: REVISIONS },
  [MANY_SERVICES]: { services: 100_000, revisionsEach: REVISIONS / 100_000 },
}

/** The time and the memory for an import of a dump of a million revisions into SQLite. */
export async function importing(bench: Bench): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of Object.keys(inputs)) {
    bench.say(`Import, ${name}`)
    const dump = await writeDump(bench, name)
    rows.push(...rowsOf(`${name}`, await importDump(dump, `sqlite:${dump}.db`)))
  }
  return rows
}

/** The same into a single MongoDB server, with 100,000 services. */
export async function importingIntoMongo(bench: Bench, location: string): Promise<Row[]> {
  bench.say('Import into MongoDB')
  const dump = await writeDump(bench, MANY_SERVICES)
  return rowsOf('MongoDB, single server', await importDump(dump, location))
}

interface Imported {
  readonly seconds: number
  readonly mebibytes: number
}

function rowsOf(name: string, { seconds, mebibytes }: Imported): Row[] {
  return [
    besideLimit({ name: `Import 1,000,000 revisions, ${name}`, unit: 's', ours: seconds }),
    besideLimit({ name: 'Its memory at the peak', unit: 'MiB', ours: mebibytes }),
  ]
}

async function writeDump({ folder }: Bench, name: string): Promise<string> {
  const shape = inputs[name]
  if (shape === undefined) throw new Error(`there is no input ${name}`)
  const dump = join(folder, `dump-${shape.services}.json`)
  await pipeline(dumpOf(shape), createWriteStream(dump))
  return dump
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

async function importDump(dump: string, location: string): Promise<Imported> {
  const start = performance.now()
  const child = spawn(process.execPath, [MAIN, 'import', dump, '--quiet', '--store', location])
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
