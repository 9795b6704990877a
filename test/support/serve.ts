import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endsTogether } from './ends-together.ts'
import { withoutSettings } from './environment.ts'
import { recordToken } from './token-search/recorder.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** The outcome of a `waypost` process that has ended. */
export interface Finished {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A `waypost serve` process that listens. */
export interface ServeProcess {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly child: ChildProcess
  /** The text that it has written to stderr so far. */
  stderr(): string
  /** Sends SIGTERM, and resolves with the exit code. */
  stop(): Promise<number | null>
}

/**
 * Runs `waypost` with these arguments to its end. The only settings from the environment are those in `env`. `main` is the
 * program of another version.
 */
export async function runWaypost(
  args: readonly string[],
  env: Record<string, string> = {},
  main = MAIN,
): Promise<Finished> {
  const child = spawnWaypost(main, args, env)
  const output = collect(child)
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, ...output }
}

/** How to start a `waypost serve` process. */
export interface ServeOptions {
  /** The program of another version. */
  readonly main?: string | undefined
  /** The most file descriptors that the process may have. */
  readonly most?: number
}

/**
 * Starts `waypost serve` on a free port of 127.0.0.1. Rejects with its stderr if it ends before it listens.
 */
export async function spawnServe(
  args: readonly string[],
  env: Record<string, string> = {},
  { main = MAIN, most }: ServeOptions = {},
): Promise<ServeProcess> {
  // Tests that write requests by hand send the host `a`.
  const child = spawnWaypost(main, ['serve', '--port', '0', ...args], { WAYPOST_ALLOWED_HOST: 'a', ...env }, most)
  const output = collect(child)
  const closed = once(child, 'close') as Promise<[number | null]>
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const failed = closed.then(([code]) => {
    throw new Error(`waypost serve ended with ${code}: ${output.stderr}`)
  })
  failed.catch(() => {})
  const [text] = await Promise.race([line, failed])
  return {
    url: text.replace('waypost listening on ', ''),
    child,
    stderr: () => output.stderr,
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await closed
      return code
    },
  }
}

function spawnWaypost(main: string, args: readonly string[], env: Record<string, string>, most?: number) {
  const command = [process.execPath, main, ...args]
  recordToken(env.WAYPOST_TOKEN)
  const limited = most === undefined ? command : ['sh', '-c', `ulimit -n ${most}; exec "$0" "$@"`, ...command]
  const child = spawn(limited[0] ?? '', limited.slice(1), {
    env: { ...withoutSettings(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return endsTogether(child)
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return output
}
