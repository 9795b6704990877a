import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../test/support/ends-together.ts'
import type { Bench, Row } from './bench.ts'
import { choosing } from './choosing.ts'
import { commandLine } from './cli.ts'
import { getOverProtocols } from './get-over-protocols.ts'
import { growth } from './growth.ts'
import { importing } from './import.ts'
import { describeMachine } from './machine.ts'
import { mongodb } from './mongodb/main.ts'
import { register } from './register.ts'
import { registerBesideEtcd } from './register-beside-etcd.ts'
import { slowDisk } from './slow-disk.ts'
import { formatTable } from './table.ts'
import { tenMillion } from './ten-million.ts'
import { worstRequests } from './worst-requests.ts'

const help = () => `Measures a registry, beside what this machine can do at best.

  npm run bench -- [--seconds 3] [--rounds 5] [--only get,register]

  --seconds  how long one measurement takes
  --rounds   how often each is repeated; the medians are printed
  --only     which parts to run: ${Object.keys(parts).join(', ')}

Exit code 1 where something could not be measured. A target that is not met changes nothing: machines differ.`

const parts: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  get: getOverProtocols,
  register,
  etcd: registerBesideEtcd,
  'slow-disk': slowDisk,
  growth,
  'ten-million': tenMillion,
  choosing,
  cli: commandLine,
  import: importing,
  'worst-requests': worstRequests,
  mongodb,
}

exitOnSignals()
try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: Object.keys(parts).join() },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(help())
  await run(values.only.split(','), toCount(values.seconds), toCount(values.rounds))
}

async function run(names: readonly string[], seconds: number, rounds: number): Promise<void> {
  const unknown = names.find((name) => !Object.hasOwn(parts, name))
  if (unknown !== undefined)
    throw new Error(`--only ${JSON.stringify(unknown)} is not valid; use one of ${Object.keys(parts).join(', ')}.`)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  process.once('SIGINT', () => process.exit(130))
  const machine = describeMachine()
  const rows: Row[] = []
  for (const name of names) rows.push(...(await runPart(name, { folder, seconds, rounds, say: console.error })))
  console.log(`${machine}\nMedians of ${rounds} rounds of ${seconds} s each\n\n${formatTable(rows)}`)
}

// If one part cannot be measured, the other parts still run.
async function runPart(name: string, bench: Bench): Promise<Row[]> {
  try {
    return (await parts[name]?.(bench)) ?? []
  } catch (error) {
    console.error(error)
    process.exitCode = 1
    return [{ name, skipped: 'FAILED: see above' }]
  }
}

function toCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new Error(`${JSON.stringify(text)} is not valid; use a whole number from 1 to 9999.`)
}
