import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../test/support/ends-together.ts'
import type { Bench, Row } from './bench.ts'
import { findFallen } from './floors.ts'
import { describeMachine } from './machine.ts'
import { groups, parts, toParts } from './parts.ts'
import { formatTable } from './table.ts'

const help = () => `Measures a registry, beside what this machine can do at best.

  npm run bench -- [--seconds 3] [--rounds 5] [--only get,register] [--heap-minutes 1] [--floors]

  --seconds       how long one measurement takes
  --rounds        how often each is repeated; the medians are printed
  --only          which parts to run: ${Object.keys(parts).join(', ')};
                  speed: ${groups.speed?.join(', ')}
  --heap-minutes  how long the part heap takes
  --floors        exit code 1 if a row is far from its target: below half, or above twice

Exit code 1 if something could not be measured. Without --floors, a target that is not met changes nothing: machines differ.`

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
      'heap-minutes': { type: 'string', default: '1' },
      floors: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(help())
  const rows = await run(toParts(values.only), {
    seconds: toCount(values.seconds),
    rounds: toCount(values.rounds),
    heapMinutes: toCount(values['heap-minutes']),
    say: console.error,
  })
  if (values.floors) requireFloors(rows)
}

async function run(names: readonly string[], settings: Omit<Bench, 'folder'>): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  process.once('SIGINT', () => process.exit(130))
  const machine = describeMachine()
  const rows: Row[] = []
  for (const name of names) rows.push(...(await runPart(name, { folder, ...settings })))
  const { rounds, seconds } = settings
  console.log(`${machine}\nMedians of ${rounds} rounds of ${seconds} s each\n\n${formatTable(rows)}`)
  return rows
}

function requireFloors(rows: readonly Row[]): void {
  const fallen = findFallen(rows)
  console.error(fallen.length === 0 ? '\nNo row is below its floor.' : `\nBelow their floor:\n${fallen.join('\n')}`)
  if (fallen.length > 0) process.exitCode = 1
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
