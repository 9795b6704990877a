import { quote } from '../../domain/errors.ts'
import { meets } from '../../domain/labels/label-selector.ts'
import type { Revision } from '../../domain/log.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { bucketOf } from '../../domain/rollout/bucket-of.ts'
import { candidateFor } from '../../domain/rollout/candidate-for.ts'
import { BUCKETS, type Candidate, type Rollout } from '../../domain/rollout/rollout.ts'
import { formatSruid } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { requireRollout } from '../rollouts/get-rollout.ts'
import { becauseOf, byActor, reasonForDefault } from './explain-default.ts'
import type { GetQuery } from './get-query.ts'
import type { Chosen, Reason } from './reason.ts'

/**
 * The reason for the choice of a candidate, or of the default while a rollout runs. It tells the bucket of the targeting
 * key, and never the key. Only a caller that may see actors learns who has set the rollout, and why.
 */
export async function reasonInRollout(store: Store, query: GetQuery, chosen: Chosen, caller: Caller): Promise<Reason> {
  const rollout = requireRollout(chosen.snapshot.head, query.service)
  const reason =
    chosen.chosenBy === null ? defaultIn(rollout, query, chosen, caller) : candidateIn(rollout, query, chosen)
  const setBy = caller.access.seesActors(query.service) ? await describeSetting(store, query, rollout) : ''
  return {
    ...reason,
    description: reason.description + setBy,
    inRollout: (revision) => whyOther(rollout, chosen, revision),
  }
}

function candidateIn(rollout: Rollout, { targetingKey }: GetQuery, { chosenBy, revision }: Chosen): Reason {
  const otherwise = 'it is neither the default nor a candidate of the rollout'
  const sruid = formatSruid(revision)
  if (chosenBy === 'pinned')
    return { rule: 'rollout-pinned', description: `The rollout pins the targeting key to ${sruid}.`, otherwise }
  const share = shareOf(rollout, revision.revisionTag)
  const description =
    chosenBy === 'everybody' || targetingKey === null
      ? `The rollout gives ${sruid} to all callers.`
      : `The targeting key is in ${bucket(rollout, targetingKey)}. The rollout gives ${share} of the buckets, and this one, to ${sruid}.`
  return { rule: 'rollout-bucket', description, otherwise }
}

function defaultIn(rollout: Rollout, query: GetQuery, chosen: Chosen, caller: Caller): Reason {
  const reason = reasonForDefault(chosen, caller)
  return { ...reason, description: `${reason.description} A rollout runs, but ${whyDefault(rollout, query, chosen)}.` }
}

function whyDefault(
  rollout: Rollout,
  { targetingKey, labels }: GetQuery,
  { snapshot: { candidates } }: Chosen,
): string {
  const owner = candidateFor(withoutHeld(rollout), targetingKey)
  if (owner !== null) {
    const { tag } = owner.candidate
    const meetsLabels = candidates.some(({ revisionTag, info }) => revisionTag === tag && meets(info.labels, labels))
    const problem = meetsLabels ? 'is yanked' : `does not meet the label selector ${quote(labels.text)}`
    return `${tag}, which it gives this caller, ${problem}`
  }
  if (targetingKey === null) return 'the request has no targeting key'
  return `the targeting key is in ${bucket(rollout, targetingKey)}, which no candidate has`
}

function withoutHeld(rollout: Rollout): Rollout {
  return { ...rollout, candidates: rollout.candidates.map((each) => ({ ...each, isHeld: false })) }
}

function whyOther(
  { candidates, startTime }: Rollout,
  { snapshot, chosenBy }: Chosen,
  { revisionTag, requestedDefault, registeredAt }: Revision,
): string | undefined {
  if (candidates.some(({ tag }) => tag === revisionTag)) return 'the rollout gives it to other callers'
  if (chosenBy !== null && snapshot.head.defaultTag === revisionTag)
    return 'it is the default, and the rollout gives this caller a candidate in its place'
  return requestedDefault === null && registeredAt >= startTime
    ? 'it was registered after the rollout began, and no default policy is asked while a rollout runs'
    : undefined
}

async function describeSetting(store: Store, { service }: GetQuery, rollout: Rollout): Promise<string> {
  const [entry] = await store.readLog(service, { after: rollout.setAt - 1, limit: 1 })
  const [by, because] = [byActor(entry?.principal.name ?? ''), becauseOf(rollout.reason)]
  return by === '' && because === '' ? '' : ` The rollout was set${by}${because}.`
}

function bucket({ salt }: Rollout, key: Parameters<typeof bucketOf>[1]): string {
  return `bucket ${bucketOf(salt, key)} of ${BUCKETS}`
}

function shareOf({ candidates }: Rollout, tag: RevisionTag): string {
  const weight = candidates.find((each: Candidate) => each.tag === tag)?.weight ?? 0
  return `${weight / (BUCKETS / 100)} %`
}
