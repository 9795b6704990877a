import { defaultEntry } from '../../domain/entries/new-entry.ts'
import { quote } from '../../domain/errors.ts'
import { type DefaultRule, type FullHead, withDefault, withRollout } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { FullHeadSnapshot, Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { withoutCandidate } from '../../domain/rollout/change-rollout.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { ACTOR, type Importing, nextWriter } from '../importing.ts'
import { keep, type Outcome } from '../outcome.ts'
import type { Draft } from './draft.ts'

/** The default of a service in an input. */
export interface WantedDefault {
  /** Null: none. */
  readonly tag: RevisionTag | null
  /** Null: the input does not say how it was set. */
  readonly rule: DefaultRule | null
}

/** Sets the default of a service as its input says, unless somebody has set or cleared it on this registry. */
export async function followDefault(
  importing: Importing,
  draft: Draft,
  service: ServiceId,
  { wanted, outcome }: { readonly wanted: WantedDefault; readonly outcome: Outcome },
): Promise<void> {
  const newest = draft.newest as FullHeadSnapshot
  const { head } = newest
  if (isSame(head, wanted)) return
  const [here, there] = [show(head.defaultTag), show(wanted.tag)]
  if (!head.isDefaultImported) {
    const text =
      here === there
        ? `${here}, which was set differently here`
        : `${here}, which somebody set here; the input says ${there}`
    keep(outcome, 'default', `the default of ${formatServiceId(service)} stays ${text}`)
    return
  }
  const revision = wanted.tag === null ? null : await read(importing, service, wanted.tag)
  if (wanted.tag !== null && !(revision && isChoosable(revision.lifecycle))) {
    if (revision && revision.writtenBy !== 'import') {
      const because = `somebody has yanked or deleted ${there} here`
      keep(outcome, 'default', `the default of ${formatServiceId(service)} stays ${here}, because ${because}`)
      return
    }
    const problem = `${there} cannot be the default of ${formatServiceId(service)}`
    outcome.problems.push(`${problem}; choose a revision that exists and is not yanked.`)
    return
  }
  const writer = nextWriter(importing)
  const rule = wanted.rule ?? { by: 'import', policy: null, reason: '', actor: ACTOR, time: writer.now }
  const event = wanted.tag === null ? 'default-cleared' : 'default-set'
  const after = withRollout(withDefault(head, wanted.tag, rule), rolloutAfter(head, wanted.tag))
  draft.push(defaultEntry(newest, { service, event, head: after }, writer))
}

// A candidate that becomes the default leaves the rollout.
function rolloutAfter({ rollout }: FullHead, tag: RevisionTag | null): FullHead['rollout'] {
  return rollout === null || tag === null ? rollout : withoutCandidate(rollout, tag)
}

async function read({ store }: Importing, service: ServiceId, tag: RevisionTag): Promise<Revision | null> {
  return (await store.lookup(service, { by: 'tag', tag }))?.revision ?? null
}

function isSame({ defaultTag, defaultRule }: FullHead, { tag, rule }: WantedDefault): boolean {
  return defaultTag === tag && (rule === null || isSameRule(rule, defaultRule))
}

/** Whether two rules of a default are the same. */
export function isSameRule(a: DefaultRule | null, b: DefaultRule | null): boolean {
  if (a === null || b === null) return a === b
  const { by, policy, reason, actor, time } = a
  return by === b.by && policy === b.policy && reason === b.reason && actor === b.actor && time === b.time
}

function show(tag: RevisionTag | null): string {
  return tag === null ? 'none' : quote(tag)
}
