import { type Effect, effectOf } from '../../domain/effect.ts'
import { revertEntry } from '../../domain/entries/new-entry.ts'
import type { At } from '../../domain/history/at.ts'
import { isRevertEntry, type RevertEntry } from '../../domain/log.ts'
import { requireEtag } from '../../domain/mutation.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { requireEntry, requireService } from '../core/not-found.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type ServiceView, viewService } from '../core/views.ts'
import { type AtFields, nameOf, resolveAt } from './at.ts'
import { restoreChoices } from './restore-choices.ts'

export interface RevertCommand extends ChangeCommand {
  readonly service: ServiceId
  /** The state whose choices are restored. */
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

const fields: AtFields = { time: 'time', generation: 'generation' }

/**
 * Restores the default, the aliases and the rollout of an earlier generation, and nothing else. Aliases that followed a
 * range follow it again, to a revision of today. If the choices are the same as today, nothing changes. Throws
 * `SERVICE_NOT_FOUND`, `STATE_NOT_FOUND` or `INVALID_AT_TIME` (see `resolveAt`), `TARGET_NOT_FOUND` or `TARGET_YANKED` if a
 * revision that would be chosen again was deleted or yanked, `ETAG_MISMATCH`, `UPGRADE_NOT_FINISHED`, or an error of
 * `appendChange`.
 */
export async function revert(deps: RegistryDeps, command: RevertCommand, caller: Caller): Promise<Reverted> {
  const { store } = deps
  const { service, reason, etag, to } = command
  // The past does not change, so it is read only once, however often the change is decided.
  const generation = await resolveAt(deps, service, to, fields)
  const past = requireEntry(await store.readHead(service, generation), service)
  return appendChange<RevertEntry, Reverted>(deps, command, caller, {
    service,
    readsStore: true,
    isOwnEntry: isRevertEntry,
    decide: async (stored, writer) => {
      const newest = requireService(stored, service)
      requireEtag(etag, newest.head.etag)
      await store.checkUpgrade()
      const asked = nameOf(to, fields)
      const restoring = { service, past: past.head, newest, reason, asked, writer, signal: caller.signal }
      return revertEntry(newest, { service, head: await restoreChoices(store, restoring), reason }, writer)
    },
    toAnswer: (entry, before) => {
      const effect = effectOf(before, entry.head)
      return { service: viewService(entry), effect, generation: past.generation }
    },
  })
}
