import type { Effect } from '../../domain/effect.ts'
import type { At } from '../../domain/history/at.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import type { ServiceView } from '../core/views.ts'

export interface RevertCommand extends ChangeCommand {
  readonly service: ServiceId
  /** The state whose choices to restore. */
  readonly to: At
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The etag that the service must have. Empty: any. */
  readonly etag: string
}

/** A service after a revert. */
export interface Reverted {
  readonly service: ServiceView
  readonly effect: Effect
  /** The generation whose choices were restored. */
  readonly generation: number
}

export function revert(_deps: RegistryDeps, _command: RevertCommand, _caller: Caller): Promise<Reverted> {
  throw new Error('not built yet')
}
