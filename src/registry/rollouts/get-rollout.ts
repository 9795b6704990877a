import type { At } from '../../domain/history/at.ts'
import type { Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'

export interface RolloutQuery {
  readonly service: ServiceId
  /** Null: the newest state. */
  readonly at: At | null
}

/** A rollout as it was at a generation. */
export interface RolloutFound {
  readonly rollout: Rollout
  readonly serviceEtag: string
  readonly generation: number
}

export function getRollout(
  _deps: Pick<RegistryDeps, 'store' | 'now'>,
  _query: RolloutQuery,
  _caller: Caller,
): Promise<RolloutFound> {
  throw new Error('not built yet')
}
