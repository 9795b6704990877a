import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load, LoadTool } from './load-tool.ts'
import type { Request } from './request.ts'

// One thread, because a second one would use the server's core.
const SETTINGS = ['--threads', '1', '--connections', '32']

/** wrk. Undefined if it is not installed. */
export function findWrk(): LoadTool | undefined {
  const { error, stdout } = spawnSync('wrk', ['--version'], { encoding: 'utf8' })
  if (error) return undefined
  return { name: `${/^wrk \S+/.exec(stdout)?.[0] ?? 'wrk'} ${SETTINGS.join(' ')}`, run }
}

async function run({ origin, request, seconds, folder }: Load): Promise<number> {
  const script = await writeScript(folder, request)
  const args = [...SETTINGS, '--duration', `${seconds}s`, '--script', script, origin + request.paths[0]]
  const { stdout } = await promisify(execFile)('wrk', args)
  const complaint = /Socket errors:.*|Non-2xx.*/.exec(stdout)?.[0]
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0)
  if (complaint !== undefined || rate === 0) throw new Error(`wrk: ${complaint ?? 'no answer came'}`)
  return rate
}

async function writeScript(folder: string, { method, paths, headers, body }: Request): Promise<string> {
  const own = await mkdtemp(join(folder, 'wrk-'))
  const pathsFile = join(own, 'paths')
  // The paths are in another file, because Lua limits the number of constants.
  await writeFile(pathsFile, paths.join('\n'))
  const lines = [
    `wrk.method = ${quote(method)}`,
    ...Object.entries(headers).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`),
    ...(body === undefined ? [] : [`wrk.body = ${quote(body.toString())}`]),
    ...(paths.length > 1 ? [sendingInTurn(pathsFile)] : []),
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

// Lua can read the strings of JSON if they are ASCII.
function quote(text: string): string {
  return JSON.stringify(text)
}
