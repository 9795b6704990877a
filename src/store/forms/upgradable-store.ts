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
