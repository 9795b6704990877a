import type { ChildProcess } from 'node:child_process'

const children = new Set<ChildProcess>()
process.once('exit', () => children.forEach((each) => void each.kill()))

/** Ends a process when this process ends, if it still runs. */
export function endsTogether<T extends ChildProcess>(child: T): T {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Lets a signal end this process in the usual way, so that the processes that it has started end, too. */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(code))
  }
}
