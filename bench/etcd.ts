import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { endsTogether } from '../test/support/ends-together.ts'
import { freePort } from '../test/support/free-port.ts'
import { send } from './request.ts'
import type { Running } from './servers.ts'

const START_MS = 20_000

/** The version of etcd. Undefined if it is not installed. */
export function etcdVersion(): string | undefined {
  const { error, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' })
  return error ? undefined : (/Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown')
}

/** Whether etcd is installed. */
export function hasEtcd(): boolean {
  return etcdVersion() !== undefined
}

/** Starts etcd with its default settings: each write is synced to the disk before it is acknowledged. */
export async function startEtcd(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const [client, peer] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${client}`
  const peers = `http://127.0.0.1:${peer}`
  const child = spawn(
    'etcd',
    [
      ...['--data-dir', mkdtempSync(join(folder, 'etcd-')), '--log-level', 'error'],
      ...['--listen-client-urls', origin, '--advertise-client-urls', origin, '--listen-peer-urls', peers],
      ...['--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`],
    ],
    { stdio: 'ignore', env: { ...process.env, ...env } },
  )
  endsTogether(child)
  const closed = once(child, 'close')
  await untilHealthy(origin)
  return {
    origin,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await closed
    },
  }
}

async function untilHealthy(origin: string): Promise<void> {
  const deadline = performance.now() + START_MS
  const get = { version: 'HTTP/1.1', method: 'GET', paths: ['/health'], headers: {} } as const
  for (;;) {
    const answer = await send(origin, get).catch(() => undefined)
    if (answer?.status === 200 && answer.body.includes('true')) return
    if (performance.now() > deadline) throw new Error('etcd did not start')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
