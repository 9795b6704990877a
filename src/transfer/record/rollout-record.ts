import { MAX_REASON_LENGTH } from '../../domain/lifecycle.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { parseRollout } from '../../domain/rollout/parse-rollout.ts'
import { BUCKETS, type BucketRange, type Candidate, type Rollout, rolloutLimits } from '../../domain/rollout/rollout.ts'
import { parseText } from '../../domain/text.ts'
import { array, type Fields, flag, invalidRecord, moment, requireKnown, show, text, whole } from './record-fields.ts'

/** The rollout of a service in a record. It says nothing of the entry that set the rollout. */
export type RolloutRecord = Omit<Rollout, 'setAt'>

/** Makes the value of `rollout` in the record of a service. The inverse of `toRollout`. */
export function fromRollout({ candidates, salt, reason, startTime, updateTime }: RolloutRecord): Fields {
  return {
    candidates: candidates.map(fromCandidate),
    salt,
    ...(reason !== '' && { reason }),
    start_time: new Date(startTime).toISOString(),
    update_time: new Date(updateTime).toISOString(),
  }
}

function fromCandidate({ tag, weight, pinnedKeys, buckets, isHeld }: Candidate): Fields {
  return {
    revision_tag: tag,
    weight,
    ...(pinnedKeys.length > 0 && { pinned_keys: pinnedKeys }),
    buckets: buckets.map(({ from, to }) => ({ from, to })),
    ...(isHeld && { held: true }),
  }
}

/**
 * Parses the value of `rollout` in the record of a service. Throws `INVALID_REQUEST`, or an error of `parseRollout`. It does
 * not know which revisions exist.
 */
export function toRollout(record: Fields): RolloutRecord {
  requireKnown(record, ['candidates', 'salt', 'reason', 'start_time', 'update_time'], 'rollout.')
  const given = array(record, 'candidates')
  const { candidates, salt } = parseRollout({ candidates: given.map(toGiven), salt: text(record, 'salt') })
  if (salt === null) throw invalidRecord('salt', 'is empty; use the salt of the rollout.')
  const buckets = given.map(toBuckets)
  requireApart(buckets.flat())
  const toCandidate = ({ tag, weight, pinnedKeys }: (typeof candidates)[number], index: number): Candidate => ({
    ...{ tag, weight, pinnedKeys, buckets: requireWeight(buckets[index] ?? [], weight, index) },
    isHeld: 'held' in (given[index] ?? {}) && flag(given[index] ?? {}, 'held'),
  })
  return {
    candidates: candidates.map(toCandidate),
    salt,
    reason: parseText(text(record, 'reason', ''), 'reason', MAX_REASON_LENGTH, 'INVALID_REASON'),
    startTime: moment(record, 'start_time'),
    updateTime: moment(record, 'update_time'),
  }
}

function toGiven(candidate: Fields, index: number) {
  const field = `candidates[${index}]`
  requireKnown(candidate, ['revision_tag', 'weight', 'pinned_keys', 'buckets', 'held'], `${field}.`)
  const { pinned_keys: keys = [] } = candidate
  const isTexts = Array.isArray(keys) && keys.every((key) => typeof key === 'string')
  if (!isTexts) throw invalidRecord(`${field}.pinned_keys`, `is ${show(keys)}; use a list of strings.`)
  return {
    revisionTag: text(candidate, 'revision_tag') as RevisionTag,
    weight: whole(candidate, 'weight'),
    pinnedKeys: keys as readonly string[],
  }
}

function toBuckets(candidate: Fields): BucketRange[] {
  const ranges = array(candidate, 'buckets')
  return ranges.map((range) => {
    requireKnown(range, ['from', 'to'], 'buckets.')
    const [from, to] = [whole(range, 'from'), whole(range, 'to')]
    if (from < to && to <= BUCKETS) return { from, to }
    throw invalidRecord('buckets', `has the range from ${from} to ${to}; use from < to <= ${BUCKETS}.`)
  })
}

function requireWeight(buckets: readonly BucketRange[], weight: number, index: number): readonly BucketRange[] {
  const count = buckets.reduce((sum, { from, to }) => sum + to - from, 0)
  if (count !== weight) {
    throw invalidRecord(`candidates[${index}].buckets`, `has ${count} buckets; use as many as the weight, ${weight}.`)
  }
  const unordered = buckets.find(({ from }, at) => at > 0 && from <= (buckets[at - 1]?.to ?? 0))
  if (unordered === undefined) return buckets
  const problem = `has the range from ${unordered.from} after the one before it; use ascending ranges with gaps.`
  throw invalidRecord(`candidates[${index}].buckets`, problem)
}

function requireApart(ranges: readonly BucketRange[]): void {
  if (ranges.length > rolloutLimits.ranges) {
    throw invalidRecord('candidates', `has ${ranges.length} ranges of buckets; use at most ${rolloutLimits.ranges}.`)
  }
  const sorted = ranges.toSorted((a, b) => a.from - b.from)
  const second = sorted.find(({ from }, at) => at > 0 && from < (sorted[at - 1]?.to ?? 0))
  if (second !== undefined) throw invalidRecord('candidates', `has bucket ${second.from} twice; use each bucket once.`)
}
