import { eventually } from './eventually.ts'
import { type ServeOptions, type ServeProcess, spawnServe } from './serve.ts'

/** A message of the log. */
export interface Line {
  readonly msg: string
  readonly pid: number
  readonly worker?: number
  readonly workerPid?: number
  readonly [fact: string]: unknown
}

/** The messages in the log of a server so far. */
export function linesOf(server: ServeProcess): Line[] {
  const whole = server.stderr().slice(0, server.stderr().lastIndexOf('\n') + 1)
  return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []))
}

/** The process ids of the workers that became ready, the newest of each number, by their numbers. */
export function pidsOf(server: ServeProcess): ReadonlyMap<number, number> {
  const ready = linesOf(server).filter(({ msg }) => msg === 'a worker is ready')
  return new Map(ready.map(({ worker = 0, workerPid = 0 }) => [worker, workerPid]))
}

/** Resolves once so many workers have become ready since the start, replacements included. */
export function ready(server: ServeProcess, count: number): Promise<unknown> {
  const isReady = async () => linesOf(server).filter(({ msg }) => msg === 'a worker is ready').length >= count
  return eventually(`${count} workers became ready`, isReady, 20_000)
}

/** Starts a server with workers, and waits until all of them are ready. */
export async function serveWithWorkers(
  workers: number,
  args: readonly string[],
  env: Record<string, string> = {},
  options: ServeOptions = {},
): Promise<ServeProcess> {
  const server = await spawnServe(['--workers', `${workers}`, ...args], env, options)
  await ready(server, workers)
  return server
}
