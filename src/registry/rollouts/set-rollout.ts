import type { Effect } from '../../domain/effect.ts'
import type { RequestedRollout } from '../../domain/rollout/parse-rollout.ts'
import type { Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

export interface SetRolloutCommand extends ChangeCommand, RequestedRollout {
  readonly service: ServiceId
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The etag that the service must have. Empty: any. */
  readonly etag: string
}

/** A rollout after a change. */
export interface RolloutChanged {
  readonly rollout: Rollout
  readonly serviceEtag: string
  readonly effect: Effect
}

export function setRollout(_deps: RegistryDeps, _command: SetRolloutCommand, _caller: Caller): Promise<RolloutChanged> {
  throw new Error('not built yet')
}
