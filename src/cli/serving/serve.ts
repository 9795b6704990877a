import type { ServeConfig } from '../../config/serve-config.ts'
import { formatStore } from '../../config/store-location.ts'
import { openTo } from '../../open-door.ts'
import type { RunningServer } from '../../start-server.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { bannerLines } from './banner.ts'
import { exit, handleTheRest } from './last-resort.ts'
import { openLog } from './open-log.ts'
import { handleSignals } from './signals.ts'

/** Runs a server until a signal stops it, and then ends the process. Rejects if the server cannot start or go on. */
export async function serve(config: ServeConfig): Promise<void> {
  const { log, sink } = openLog(config)
  handleTheRest(log, sink, 'an error that nobody handled ends the server')
  const signals = handleSignals(log)
  const { server, failed } = await start(config, log)
  signals.onReload(server.reload)
  // Listen for signals before the line below tells anybody that the server can be stopped.
  signals.stopGracefully()
  announce(config, server.url, log)
  const signal = await Promise.race([signals.stopping, failed])
  log.info({ signal }, 'stopping')
  await server.close()
  exit(0, sink)
}

/** A server that runs, and the way in which it reports that it cannot go on. */
interface Started {
  readonly server: RunningServer
  /** Rejects with the reason for people, after everything is released. */
  readonly failed: Promise<never>
}

async function start(config: ServeConfig, log: Logger): Promise<Started> {
  // Each kind of server loads only its own parts, so that it starts as fast as it can.
  if (config.workers > 1) return (await import('./workers/primary.ts')).startWorkers(config, log)
  const { startServer } = await import('../../start-server.ts')
  return { server: await startServer(config, log), failed: new Promise(() => {}) }
}

function announce(config: ServeConfig, url: string, log: Logger): void {
  const { basePath, defaultPolicy, store, workers } = config
  const open = openTo(config, new URL(url).hostname)
  const banner = process.stdout.isTTY ? bannerLines(config, open) : []
  // On a terminal, the banner tells the same to the same person.
  if (banner.length === 0 || !process.stderr.isTTY) {
    const facts = { url, basePath, store: formatStore(store), defaultPolicy, ...(workers > 1 && { workers }) }
    log.info(facts, 'listening')
  }
  if (open === 'everybody') warnOfOpenDoor(url, log)
  if (open === 'trusted certificates') tellOfCertificates(config, log)
  process.stdout.write(`${[`waypost listening on ${url}`, ...banner].join('\n')}\n`)
}

function warnOfOpenDoor(url: string, log: Logger): void {
  log.warn(
    { url },
    'the server listens beyond this machine without --auth, so everybody who can connect may read and change everything',
  )
}

function tellOfCertificates({ tls }: ServeConfig, log: Logger): void {
  log.info(
    { clientCa: tls?.clientCa },
    'there is no --auth, so every client with a trusted certificate may read and change everything',
  )
}
