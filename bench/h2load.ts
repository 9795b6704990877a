import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load, LoadTool } from './load-tool.ts'

// One thread, because a second one would use the server's core.
const settings = ({ connections = 8, streams = 16 }: Pick<Load, 'connections' | 'streams'>) => [
  '--threads=1',
  `--clients=${connections}`,
  `--max-concurrent-streams=${streams}`,
]
// Time for the connections. The server is warm already.
const WARM_UP = '300ms'

/** h2load. Undefined if it is not installed. */
export function findH2load(): LoadTool | undefined {
  const { error, stdout } = spawnSync('h2load', ['--version'], { encoding: 'utf8' })
  if (error) return undefined
  return { name: `${stdout.trim()} ${settings({}).join(' ')}`, run }
}

async function run({ origin, request, seconds, folder, answerBytes = 1, isRefused, ...size }: Load): Promise<number> {
  const headers = Object.entries(request.headers).map(([name, value]) => `--header=${name}: ${value}`)
  const body = request.body === undefined ? [] : [`--data=${await writeBody(folder, request.body)}`]
  const times = [`--duration=${seconds}`, `--warm-up-time=${WARM_UP}`]
  const urls = request.paths.map((path) => origin + path)
  const { stdout } = await promisify(execFile)('h2load', [...settings(size), ...times, ...headers, ...body, ...urls])
  return isRefused ? rateIn(stdout) : readRate(stdout, answerBytes)
}

async function writeBody(folder: string, body: Buffer): Promise<string> {
  const file = join(await mkdtemp(join(folder, 'h2load-')), 'body')
  await writeFile(file, body)
  return file
}

// `finished in 3.01s, 33012.50 req/s, 2.10MB/s`, then the counts of errors, each before its name, and
// `traffic: 2.1MB (2200000) total, 7.51KB (7688) headers (space savings 95.61%), 79.88KB (81792) data`.
function readRate(output: string, answerBytes: number): number {
  const count = (name: string) => Number(new RegExp(`(\\d+) ${name}\\b`).exec(output)?.[1] ?? Number.NaN)
  const rate = rateIn(output)
  const wrong = ['failed', 'errored', 'timeout', '3xx', '4xx', '5xx'].filter((name) => count(name) !== 0)
  if (wrong.length > 0) throw new Error(`h2load: ${wrong.map((name) => `${count(name)} ${name}`).join(', ')}`)
  const dataBytes = Number(/\((\d+)\) data/.exec(output)?.[1] ?? 0)
  const answers = Math.floor(dataBytes / answerBytes)
  // A gRPC error is a 200 without a message. A few answers may have come before the count began or after it ended.
  if (rate > 0 && answers >= count('2xx') * 0.95) return rate
  throw new Error(`h2load: ${count('2xx')} times 200, but bytes for ${answers} answers`)
}

function rateIn(output: string): number {
  return Number(/, ([\d.]+) req\/s/.exec(output)?.[1] ?? 0)
}
