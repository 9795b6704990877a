import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load, LoadTool } from './load-tool.ts'
import type { Request } from './request.ts'

const CONNECTIONS = 32

// A connection of many may wait long on a busy machine, and wrk counts a late answer as an error.
const TIMEOUT = '10s'

// One thread, because a second one would use the server's core.
const settings = (connections: number) => ['--threads', '1', '--connections', String(connections)]

/** wrk. Undefined if it is not installed. */
export function findWrk(): LoadTool | undefined {
  const { error, stdout } = spawnSync('wrk', ['--version'], { encoding: 'utf8' })
  if (error) return undefined
  const run = async (load: Load) => (await measureWithWrk(load)).rate
  return { name: `${/^wrk \S+/.exec(stdout)?.[0] ?? 'wrk'} ${settings(CONNECTIONS).join(' ')}`, run }
}

export interface WrkResult {
  /** The answers a second. */
  readonly rate: number
  /** The time within which half of the answers came, in milliseconds. */
  readonly p50Ms: number
  /** The time within which 99 % of the answers came, in milliseconds. */
  readonly p99Ms: number
}

/** Runs wrk. Rejects if an answer was an error, or if there was no answer. */
export async function measureWithWrk(load: Load): Promise<WrkResult> {
  const { origin, request, seconds, folder, connections = CONNECTIONS, isRefused = false } = load
  const script = await writeScript(folder, request)
  const args = [
    ...settings(connections),
    '--latency',
    '--timeout',
    TIMEOUT,
    '--duration',
    `${seconds}s`,
    '--script',
    script,
  ]
  const { stdout } = await promisify(execFile)('wrk', [...args, origin + request.paths[0]])
  const complaint = (isRefused ? /Socket errors:.*/ : /Socket errors:.*|Non-2xx.*/).exec(stdout)?.[0]
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0)
  if (complaint !== undefined || rate === 0) throw new Error(`wrk: ${complaint ?? 'no answer came'}`)
  return { rate, p50Ms: readTime(stdout, 50), p99Ms: readTime(stdout, 99) }
}

// `     99%    2.05ms`
function readTime(output: string, percent: number): number {
  const [, value, unit = ''] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)\\b`).exec(output) ?? []
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN)
}

async function writeScript(folder: string, { method, paths, headers, body, areNumbered }: Request): Promise<string> {
  const own = await mkdtemp(join(folder, 'wrk-'))
  const pathsFile = join(own, 'paths')
  // The paths are in another file, because Lua limits the number of constants.
  await writeFile(pathsFile, paths.join('\n'))
  const lines = [
    `wrk.method = ${quote(method)}`,
    ...Object.entries(headers).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`),
    ...(body === undefined ? [] : [`wrk.body = ${quote(body.toString())}`]),
    ...(paths.length > 1 ? [sendingInTurn(pathsFile)] : []),
    ...(areNumbered ? [sendingNumbered(paths[0])] : []),
  ]
  await writeFile(join(own, 'script.lua'), lines.join('\n'))
  return join(own, 'script.lua')
}

function sendingInTurn(pathsFile: string): string {
  return `
    local requests, at = {}, 0
    function init()
      for path in io.lines(${quote(pathsFile)}) do requests[#requests + 1] = wrk.format(nil, path) end
    end
    function request()
      at = at % #requests + 1
      return requests[at]
    end`
}

function sendingNumbered(path: string): string {
  return `
    local count = 0
    function request()
      count = count + 1
      return wrk.format(nil, ${quote(path)} .. count)
    end`
}

// Lua can read the strings of JSON if they are ASCII.
function quote(text: string): string {
  return JSON.stringify(text)
}
