import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { withoutSettings } from './environment.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const DISK_SIZE = '1m'

/** A server whose SQLite file is on a separate disk of 1 MiB that a test can fill. */
export interface TinyDiskServer {
  readonly url: string
  readonly child: ChildProcess
  /** Writes a file until nothing more fits. */
  fill(): void
  /** Removes that file. */
  free(): void
  /** Sends SIGTERM, resolves with the exit code, and removes the disk. */
  stop(): Promise<number | null>
}

/** The arguments of `unshare` that allow a private mount on this machine, or the reason why there are none. */
export function findUnshare(): { readonly flags: string } | { readonly unavailable: string } {
  if (process.platform !== 'linux') return { unavailable: 'a disk of 1 MiB can only be mounted on Linux' }
  const folder = mkdtempSync(join(tmpdir(), 'waypost-disk-'))
  try {
    // The first works for root, the second for any user if the system allows users to make namespaces.
    const flags = ['-m', '-Urm'].find((candidate) => canMount(candidate, folder))
    return flags ? { flags } : { unavailable: 'unshare can not mount a tmpfs here (needs root or user namespaces)' }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function canMount(flags: string, folder: string): boolean {
  try {
    execFileSync('unshare', [flags, 'sh', '-c', mountScript, 'sh', folder, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const mountScript = `mount -t tmpfs -o size=${DISK_SIZE} tmpfs "$1" && shift && exec "$@"`

/** Starts a server with its store on a new small disk. */
export async function serveOnTinyDisk(flags: string): Promise<TinyDiskServer> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-disk-'))
  const serve = [process.execPath, MAIN, 'serve', '--port', '0', '--store', `sqlite:${join(folder, 'waypost.db')}`]
  const child = spawn('unshare', [flags, 'sh', '-c', mountScript, 'sh', folder, ...serve], {
    env: withoutSettings(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  // Each step replaces its process by the next one, so the server has the child's id. Its mounts can be seen in /proc.
  const ballast = join(`/proc/${child.pid}/root`, folder, 'ballast')
  return {
    url: line.replace('waypost listening on ', ''),
    child,
    fill: () => fillWith(ballast),
    free: () => rmSync(ballast),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await closed
      rmSync(folder, { recursive: true })
      return code
    },
  }
}

function fillWith(path: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}
