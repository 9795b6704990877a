import type { Entry } from '../../domain/log.ts'
import type { Caller } from './caller.ts'
import type { Change, ChangeCommand } from './change.ts'
import { CommandInQueue } from './command-in-queue.ts'
import type { RegistryDeps } from './registry-deps.ts'

/**
 * Makes a change: waits for its turn among the changes of the service, decides on the newest state, and appends an entry.
 * If the entry would change nothing, it is not appended, and the answer is made from the state as it is. If another process
 * was first, the change is decided again. Throws `TOO_MANY_CONFLICTS`, `TOO_MANY_CHANGES`, `REQUEST_ID_REUSED`,
 * `CLOCK_SKEW`, or the reason of the caller's signal.
 */
export function appendChange<E extends Entry, T>(
  deps: RegistryDeps,
  command: ChangeCommand,
  caller: Caller,
  change: Change<E, T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    deps.changes.add(change.service, new CommandInQueue({ deps, command, caller, change, resolve, reject }))
  })
}
