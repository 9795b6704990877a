import { RegistryError } from '../../domain/errors.ts'
import { type Entry, isRevertEntry, isRolloutEntry } from '../../domain/log.ts'
import type { RewritableStore } from '../store.ts'
import type { Form } from './stored-entry.ts'

/** A store that an older version of Waypost may have made, and may still be writing to. */
export interface UpgradableStore extends RewritableStore {
  /**
   * The form that this store writes new entries in. It changes from 2 to 3 soon after a process has finished the
   * upgrade, at the latest with the next append.
   */
  readonly form: Form
}

/** The result of finishing an upgrade. `was-finished`: nothing was left to do. */
export type UpgradeResult = 'finished' | 'was-finished'

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
