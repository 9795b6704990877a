import type { Store } from '../../store/store.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { ServingStatus } from './serving-status.ts'

/** The kinds of calls whose readiness differs: a store whose disk is full still answers lookups. */
export type CallKind = 'lookups' | 'changes'

/** Whether the server is ready, for each kind of calls. */
export class Readiness implements Readonly<Record<CallKind, ServingStatus>> {
  /** The state of lookups. It also speaks for the server as a whole. */
  readonly lookups: ServingStatus
  readonly changes: ServingStatus
  /** Texts for people who ask whether the server is ready. They do not change whether it is. */
  warnings: readonly string[] = []

  constructor(store: Pick<Store, 'ping' | 'checkAppends'>, log: Logger) {
    this.lookups = new ServingStatus({ ask: () => store.ping(), calls: 'lookups', log })
    this.changes = new ServingStatus({ ask: () => store.checkAppends(), calls: 'changes', log })
  }

  /** See `ServingStatus.drain`. */
  drain(): void {
    this.lookups.drain()
    this.changes.drain()
  }
}
