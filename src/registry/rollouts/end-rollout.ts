import type { Effect } from '../../domain/effect.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import type { ServiceView } from '../core/views.ts'

export interface EndRolloutCommand extends ChangeCommand {
  readonly service: ServiceId
  /** The candidate that becomes the default. Null: the default stays. */
  readonly promote: RevisionTag | null
  /** The reason, for people. Empty: no reason is given. */
  readonly reason: string
  /** The etag that the service must have. Empty: any. */
  readonly etag: string
}

/** A service after the end of its rollout. */
export interface RolloutEnded {
  readonly service: ServiceView
  readonly effect: Effect
}

export function endRollout(_deps: RegistryDeps, _command: EndRolloutCommand, _caller: Caller): Promise<RolloutEnded> {
  throw new Error('not built yet')
}
