import { RegistryError } from '../../domain/errors.ts'
import { type Entry, isRevertEntry, isRolloutEntry } from '../../domain/log.ts'

/** Whether an entry can be written in form 2. Versions that only know form 2 know no rollouts and no reverts. */
export function fitsForm2(entry: Entry): boolean {
  return entry.head.rollout === null && !isRolloutEntry(entry) && !isRevertEntry(entry)
}

/** The error for a change that older versions of Waypost on the store could not read. */
export function upgradeNotFinished(): RegistryError {
  const message =
    'the upgrade of the store is not finished, so it cannot keep a rollout or a revert; ' +
    'end all servers of older versions, and run waypost upgrade --finish.'
  return new RegistryError({ reason: 'UPGRADE_NOT_FINISHED', message })
}
