import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runWaypost } from '../test/support/serve.ts'
import { type Bench, compare, median, type Row } from './bench.ts'
import { startWaypost } from './servers.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const BUILT = join(ROOT, 'dist/cli/waypost.cjs')
const SOURCE = join(ROOT, 'src/cli/main.ts')
const run = promisify(execFile)

/** The time of a whole command, beside the time that Node needs to do nothing. */
export async function commandLine(bench: Bench): Promise<Row[]> {
  await using server = await startWaypost(join(bench.folder, 'cli.db'))
  await runWaypost(['register', 'bench/cli:1.0.0'], { WAYPOST_REGISTRY: server.origin })
  const get = ['get', 'bench/cli', '--registry', server.origin]
  const built = existsSync(BUILT) ? [await row(bench, BUILT, ['--version']), await row(bench, BUILT, get)] : []
  const missing = built.length > 0 ? [] : [{ name: 'waypost, as it is packed', skipped: 'run npm run build first' }]
  return [...built, ...missing, await row(bench, SOURCE, ['--version']), await row(bench, SOURCE, get)]
}

async function row(bench: Bench, program: string, args: readonly string[]): Promise<Row> {
  const name = `waypost ${args[0]}, ${program === BUILT ? 'as it is packed' : 'from its source'}`
  bench.say(name)
  const comparison = await compare(bench, {
    ours: (seconds) => timeOf(seconds, [program, ...args]),
    reference: (seconds) => timeOf(seconds, ['-e', '0']),
  })
  return { name, unit: 'ms', against: 'node -e 0', ...comparison }
}

/** The median time of a run of Node, in milliseconds. */
async function timeOf(seconds: number, args: readonly string[]): Promise<number> {
  const times: number[] = []
  const end = performance.now() + seconds * 1_000
  do {
    const start = performance.now()
    await run(process.execPath, args)
    times.push(performance.now() - start)
  } while (performance.now() < end)
  return median(times)
}
