import { hostname } from 'node:os'
import { pino } from 'pino'
import type { ServeConfig } from '../../config/serve-config.ts'
import { LogSink } from './log-sink.ts'
import { toLogJson, toLogText } from './log-text.ts'

/** Opens the log of a process. The messages of a worker have its number. */
export function openLog({ logLevel, logFormat }: ServeConfig, worker?: number) {
  const isText = logFormat === 'text' || (logFormat === 'auto' && process.stderr.isTTY)
  const sink = new LogSink(isText ? toLogText : toLogJson)
  const base = { pid: process.pid, hostname: hostname(), ...(worker !== undefined && { worker }) }
  const log = pino({ level: logLevel, base }, sink)
  sink.onDropped = (messages) =>
    log.error({ messages }, 'messages of the log were dropped, because they could not be written')
  return { log, sink }
}
