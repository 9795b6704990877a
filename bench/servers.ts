import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { spawnServe } from '../test/support/serve.ts'
import type { Answer, Request } from './request.ts'

const BARE_LISTENER = fileURLToPath(new URL('bare-listener.ts', import.meta.url))

/** A server in another process. */
export interface Running extends AsyncDisposable {
  /** The origin of the server, such as `http://127.0.0.1:40123`. */
  readonly origin: string
}

/** A `waypost serve` process. */
export interface Waypost extends Running {
  readonly pid: number
  /** The text that it has written to stderr so far. */
  stderr(): string
}

/** Starts `waypost serve` on a SQLite file, or on the store that a location such as `mongodb://…` names. */
export async function startWaypost(
  store: string,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Record<string, string> } = {},
): Promise<Waypost> {
  const location = store.includes('://') ? store : `sqlite:${store}`
  const server = await spawnServe(['--store', location, '--log-level', 'warn', ...args], env)
  return {
    origin: server.url,
    pid: server.child.pid ?? 0,
    stderr: server.stderr,
    [Symbol.asyncDispose]: async () => {
      await server.stop()
    },
  }
}

/** Starts a listener of `node:http` or `node:http2` that always sends the same answer. */
export async function startBareListener(version: Request['version'], answer: Answer): Promise<Running> {
  const child = fork(BARE_LISTENER, { serialization: 'advanced' })
  child.send({ version, answer })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the bare listener ended with ${code}`)
  })
  const [port] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(child, 'close')
      child.kill()
      await closed
    },
  }
}
