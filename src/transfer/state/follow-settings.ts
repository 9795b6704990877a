import type { FullHead } from '../../domain/head.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { CONFLICT, retryOnConflict } from '../../registry/core/optimistic-retry.ts'
import type { Importing } from '../importing.ts'
import type { Outcome } from '../outcome.ts'
import type { AliasRecord } from '../record/records.ts'
import type { RolloutRecord } from '../record/rollout-record.ts'
import { Draft } from './draft.ts'
import { followAliases } from './follow-aliases.ts'
import { followDefault, isSameRule, type WantedDefault } from './follow-default.ts'
import { followRollout } from './follow-rollout.ts'

/** The default, the aliases and the rollout of a service in an input. */
export interface WantedSettings {
  /** Undefined: the input does not say the default. */
  readonly wanted: WantedDefault | undefined
  /** Undefined: the input does not say the aliases. */
  readonly aliases: readonly AliasRecord[] | undefined
  /** Null: the service has no rollout. Undefined: the input does not say the rollout. */
  readonly rollout: RolloutRecord | null | undefined
  readonly outcome: Outcome
  /** Whether the outcome is that of the record of a service, and not that of a revision. */
  readonly isService: boolean
}

/** A service, and its head before the import. Null: the service is new. */
interface Followed {
  readonly importing: Importing
  readonly service: ServiceId
  readonly before: FullHead | null
}

/** Brings the default, the aliases and the rollout of a service to those in the input. Throws `TOO_MANY_CONFLICTS`. */
export async function followSettings(
  { importing, service, before }: Followed,
  { wanted, aliases, rollout, outcome, isService }: WantedSettings,
): Promise<void> {
  const after = await retryOnConflict(formatServiceId(service), async () => {
    const draft = await Draft.begin(importing.store, service, [])
    outcome.problems.length = 0
    if (draft.newest === null) return null
    if (wanted !== undefined) await followDefault(importing, draft, service, { wanted, outcome })
    const existed = before !== null
    if (aliases !== undefined) await followAliases(importing, draft, service, { aliases, outcome, existed })
    // A candidate must not be the default.
    if (rollout !== undefined) await followRollout(importing, draft, service, { rollout, outcome, existed })
    return (await draft.flush()) ? draft.newest.head : CONFLICT
  })
  if (after === null) {
    outcome.problems.push(`${formatServiceId(service)} does not exist; import its revisions first.`)
  } else if (before === null) {
    // The parts of a new service are not changes.
    outcome.changed.length = 0
    if (isService) outcome.isAdded = true
  } else if (wanted !== undefined && isMoved(before, after)) {
    outcome.changed.push(['default', `the default of ${formatServiceId(service)} is ${after.defaultTag ?? 'cleared'}`])
  }
}

// The registration of a default may have moved it already.
function isMoved(before: FullHead, after: FullHead): boolean {
  const isOther = before.defaultTag !== after.defaultTag || !isSameRule(before.defaultRule, after.defaultRule)
  return isOther && after.isDefaultImported
}
