import type { Logger } from 'pino'
import type { LogSink } from './log-sink.ts'

/** How long a process that ends waits until its log is written, in milliseconds. */
const FLUSH_MS = 1_000

/** Ends the process, once its log is written or after a second. */
export function exit(code: number, sink: LogSink): void {
  const flushed = sink.flush(FLUSH_MS)
  if (flushed === undefined) process.exit(code)
  flushed.then(() => process.exit(code))
}

/**
 * Handles the errors that nobody else has handled: the process logs the error and ends with exit code 1, because its
 * state is unknown. `message` tells so in the log. The warnings of Node go to the log. A reader of stdout that is gone changes nothing.
 */
export function handleTheRest(log: Logger, sink: LogSink, message: string): void {
  const end = (error: unknown, origin: string) => {
    log.fatal({ err: toError(error), origin }, message)
    exit(1, sink)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', (reason) => end(reason, 'unhandledRejection'))
  process.removeAllListeners('warning').on('warning', (err) => {
    // An operator can do nothing about a feature of Node that the server uses.
    if (err.name !== 'ExperimentalWarning') log.warn({ err }, 'Node.js has a warning')
  })
  process.stdout.removeAllListeners('error').on('error', () => {})
}

// Anything can be thrown, even a value that has no text.
function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  try {
    return new Error(String(thrown))
  } catch {
    return new Error('a value that has no text')
  }
}
