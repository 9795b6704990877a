import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withoutSettings } from '../support/environment.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

// A server needs about this time to start, so some servers are killed before their store is open and some after.
const LONGEST_START_MS = 600

/** Sends SIGKILL and resolves when the process has ended. Rejects if it had ended before. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended by itself with ${child.exitCode}`)
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

/** Starts a server, and kills it at a random moment of its start. */
export async function killWhileStarting(location: string): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--store', location], {
    env: withoutSettings(),
    stdio: 'ignore',
  })
  await delay(Math.random() * LONGEST_START_MS)
  await kill(child)
}
