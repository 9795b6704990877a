import type { Head } from '../../domain/head.ts'
import type { At } from '../../domain/history/at.ts'
import type { Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import { requireService, rolloutNotFound } from '../core/not-found.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { resolveAt } from '../history/at.ts'

export interface RolloutQuery {
  readonly service: ServiceId
  /** Null: the newest state. */
  readonly at: At | null
}

/** The rollout of a service, as a caller may see it. */
export interface RolloutFound {
  readonly rollout: Rollout
  readonly serviceEtag: string
  /** The generation of the service whose rollout this is. */
  readonly generation: number
}

/**
 * Reads the rollout of a service. A caller that may not see the actors gets it without its reason and its pinned keys.
 * Throws `SERVICE_NOT_FOUND`, `ROLLOUT_NOT_FOUND`, or an error of `resolveAt`.
 */
export async function getRollout(deps: ReadDeps, { service, at }: RolloutQuery, caller: Caller): Promise<RolloutFound> {
  const asked = await resolveAt(deps, service, at)
  const { head, generation } = requireService(await deps.store.readHead(service, asked), service)
  const rollout = requireRollout(head, service)
  const shown = caller.access.seesActors(service) ? rollout : withoutPeople(rollout)
  return { rollout: shown, serviceEtag: head.etag, generation }
}

/** Returns the rollout in a head, or throws `ROLLOUT_NOT_FOUND`. */
export function requireRollout({ rollout }: Pick<Head, 'rollout'>, service: ServiceId): Rollout {
  if (rollout === null) throw rolloutNotFound(service)
  return rollout
}

function withoutPeople(rollout: Rollout): Rollout {
  const candidates = rollout.candidates.map((candidate) => ({ ...candidate, pinnedKeys: [] }))
  return { ...rollout, reason: '', candidates }
}
