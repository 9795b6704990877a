import { pino } from 'pino'
import { startServer } from '../../compose.ts'
import { formatStore, type ServeConfig } from '../../config.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { bannerLines } from './banner.ts'
import { exit, handleTheRest } from './last-resort.ts'
import { LogSink } from './log-sink.ts'
import { toLogJson, toLogText } from './log-text.ts'
import { handleSignals } from './signals.ts'

/** Runs a server until a signal stops it, and then ends the process. Rejects if the server cannot start. */
export async function serve(config: ServeConfig): Promise<void> {
  const { log, sink } = openLog(config)
  handleTheRest(log, sink)
  const signals = handleSignals(log)
  const server = await startServer(config, log)
  signals.onReload(server.reload)
  // Listen for signals before the line below tells anybody that the server can be stopped.
  signals.stopGracefully()
  announce(config, server.url, log)
  log.info({ signal: await signals.stopping }, 'stopping')
  await server.close()
  exit(0, sink)
}

function openLog({ logLevel, logFormat }: ServeConfig) {
  const isText = logFormat === 'text' || (logFormat === 'auto' && process.stderr.isTTY)
  const sink = new LogSink(isText ? toLogText : toLogJson)
  const log = pino({ level: logLevel }, sink)
  sink.onDropped = (messages) =>
    log.error({ messages }, 'messages of the log were dropped, because they could not be written')
  return { log, sink }
}

function announce(config: ServeConfig, url: string, log: Logger): void {
  const { basePath, defaultPolicy, store } = config
  const banner = process.stdout.isTTY ? bannerLines(config) : []
  // On a terminal, the banner tells the same to the same person.
  if (banner.length === 0 || !process.stderr.isTTY)
    log.info({ url, basePath, store: formatStore(store), defaultPolicy }, 'listening')
  process.stdout.write(`${[`waypost listening on ${url}`, ...banner].join('\n')}\n`)
}
