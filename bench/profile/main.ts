import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../test/support/ends-together.ts'
import { registerTheRevision } from '../get-cases.ts'
import { type Inspector, openInspector, openThreads, startInspected } from '../inspector.ts'
import { type CpuProfile, idleShare, toTree } from './cpu-profile.ts'
import { toFlameGraph } from './flame-graph.ts'
import { loads } from './loads.ts'
import { formatReport } from './report.ts'

const OUTPUT = fileURLToPath(new URL('../../reports/profile/', import.meta.url))
const WARM_UP_SECONDS = 3
/** The time between two samples, in microseconds. */
const INTERVAL_US = 200
/** A thread that waits longer has nothing to do with the calls. */
const MOST_IDLE = 0.95

const HELP = `Shows where a server under load spends the time of a call.

  npm run profile -- LOAD [--seconds 5] [-- OPTION...]

  LOAD       one of ${Object.keys(loads).join(', ')}
  --seconds  the time of the profile
  OPTION     options of waypost serve, such as --metrics-port 0

It prints the time by groups of code and by functions, and writes this text, a flame graph (.svg) and the profile
(.cpuprofile, for the developer tools of a browser) to reports/profile/.`

exitOnSignals()
try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  const [name = '', ...args] = positionals
  if (values.help) return console.log(HELP)
  if (!Object.hasOwn(loads, name)) throw new Error(`${JSON.stringify(name)} is not a load.\n\n${HELP}`)
  if (!/^[1-9]\d?$/.test(values.seconds)) throw new Error(`--seconds ${values.seconds} is not valid; use 1 to 99.`)
  await profile(name, Number(values.seconds), args)
}

async function profile(name: string, seconds: number, args: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-profile-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await using waypost = await startInspected(join(folder, 'waypost.db'), args)
  await registerTheRevision(waypost.origin)
  using inspector = await openInspector(waypost)
  const threads = [inspector, ...(await openThreads(inspector))]
  const target = { origin: waypost.origin, folder, seconds: WARM_UP_SECONDS + seconds + 1 }
  const loading = loads[name]?.(target)
  await Promise.race([setTimeout(WARM_UP_SECONDS * 1_000), loading])
  const profiles = await Promise.all(threads.map((thread) => record(thread, seconds)))
  const calls = ((await loading) ?? 0) * seconds
  for (const [index, each] of profiles.entries()) {
    if (idleShare(each) < MOST_IDLE) write(index === 0 ? name : `${name}-thread-${index}`, each, calls)
  }
}

async function record(inspector: Inspector, seconds: number): Promise<CpuProfile> {
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.setSamplingInterval', { interval: INTERVAL_US })
  await inspector.post('Profiler.start')
  await setTimeout(seconds * 1_000)
  return ((await inspector.post('Profiler.stop')) as { readonly profile: CpuProfile }).profile
}

function write(name: string, recorded: CpuProfile, calls: number): void {
  const tree = toTree(recorded)
  const busy = `${(tree.totalUs / calls).toFixed(1)} µs a call; idle ${(idleShare(recorded) * 100).toFixed(0)} % of the time`
  const text = `${name}: ${busy}\n\n${formatReport(tree, calls)}\n`
  mkdirSync(OUTPUT, { recursive: true })
  writeFileSync(join(OUTPUT, `${name}.txt`), text)
  writeFileSync(join(OUTPUT, `${name}.svg`), toFlameGraph(tree, `${name}: ${busy}`))
  writeFileSync(join(OUTPUT, `${name}.cpuprofile`), JSON.stringify(recorded))
  console.log(`${text}\nWritten: reports/profile/${name}.txt, .svg and .cpuprofile\n`)
}
