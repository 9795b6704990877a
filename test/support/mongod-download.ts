import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Time until the first bytes must arrive, because a firewall that drops packets must not hold up the tests. */
const CONTACT_MS = 5_000
const DOWNLOAD_MS = 300_000

/**
 * Downloads mongod with mongodb-memory-server, into the cache that every project of the user shares, and returns its
 * path. The download runs in another process, because only so can the package's progress lines be silenced, and the
 * download be stopped in time. After a failure the next try can start again.
 */
export async function downloadMongod(): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    // Only one try, because the package waits seconds between tries, even if the host's name does not resolve.
    // Without strict_ssl the package would accept mongod from a server with any certificate.
    env: { npm_config_strict_ssl: 'true', ...process.env, MONGOMS_MAX_RETRIES: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const giveUpAfter = (ms: number) => setTimeout(() => child.kill('SIGKILL'), ms)
  let lastLine = ''
  let reason = 'the download did not begin or end in time'
  let timer = giveUpAfter(CONTACT_MS)
  child.stdout.once('data', () => {
    clearTimeout(timer)
    timer = giveUpAfter(DOWNLOAD_MS)
  })
  createInterface(child.stdout).on('line', (line) => {
    lastLine = line
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    reason = text
  })
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  if (exitCode !== 0) throw new Error(reason)
  return lastLine
}

if (import.meta.main) {
  const { MongoBinary } = await import('mongodb-memory-server')
  await MongoBinary.getPath().then(console.log, (error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
