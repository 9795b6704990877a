import { isatty } from 'node:tty'
import type { Logger } from '../../telemetry/logger.ts'

/** The signals of a server process. */
export interface ServerSignals {
  /** Resolves with the first signal that stops the server. Later ones change nothing. */
  readonly stopping: Promise<NodeJS.Signals>
  /**
   * SIGTERM and SIGINT stop the server gracefully from now on, and so does the end of an `npx` that runs it. Before, the two
   * signals end the process at once.
   */
  stopGracefully(): void
  /** SIGHUP calls this function from now on. Before, it is ignored. */
  onReload(reload: () => void): void
}

/** Ignores the signals that would end the process at once, or open the inspector of Node, until `handleSignals` is called. */
export function ignoreSignals(): void {
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
}

/** Handles signals that would end the process at once, or open the inspector of Node. */
export function handleSignals(log: Logger): ServerSignals {
  const { promise: stopping, resolve: stop } = Promise.withResolvers<NodeJS.Signals>()
  const parent = process.ppid
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  let reload = () => {}
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => log.warn({ signal }, 'a signal that has no meaning for the server was ignored'))
  }
  process.on('SIGHUP', (signal) => {
    // A terminal that was closed is no terminal any longer. Its server must not stay behind.
    if (terminals.length > 0 && !terminals.some((fd) => isatty(fd))) stop(signal)
    else reload()
  })
  return {
    stopping,
    // A later signal changes nothing: npm passes on a signal that the terminal has already sent to the whole group.
    stopGracefully: () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
      if (process.env.npm_lifecycle_event === 'npx') onceOrphan(parent, () => stop('SIGTERM'))
    },
    onReload: (next) => {
      reload = next
    },
  }
}

/** The time between two looks at the parent of the process, in milliseconds. */
const ORPHAN_MS = 500

// A signal to npx ends npx and the shell that it uses, but does not reach the program.
function onceOrphan(parent: number, callback: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, ORPHAN_MS).unref()
}
