import { fieldError, quote, type RegistryError } from '../errors.ts'
import { tooMany } from '../field-errors.ts'
import { parseRevisionTag, type RevisionTag } from '../revision-tag.ts'
import { BUCKETS, rolloutLimits } from './rollout.ts'
import { parseTargetingKey, requireKeyText, type TargetingKey } from './targeting-key.ts'

/** A rollout before it is checked. */
export interface GivenRollout {
  readonly candidates: readonly GivenCandidate[]
  /** Empty or absent: the registry chooses. */
  readonly salt?: string | undefined
}

/** A candidate before it is checked. */
export interface GivenCandidate {
  readonly revisionTag: string
  readonly weight: number
  readonly pinnedKeys?: readonly string[] | undefined
}

/** A rollout as a person asks for it: without its buckets. */
export interface RequestedRollout {
  /** 1 to 8, each with another tag. Their weights add up to at most 100,000. */
  readonly candidates: readonly RequestedCandidate[]
  /** Null: the running rollout keeps its salt, and a new one gets a random salt. */
  readonly salt: string | null
}

/** A candidate as a person asks for it. */
export interface RequestedCandidate {
  readonly tag: RevisionTag
  /** How many of the 100,000 buckets it is to have. */
  readonly weight: number
  /** The keys that always get it. No other candidate of the rollout has one of them. */
  readonly pinnedKeys: readonly TargetingKey[]
}

/**
 * Parses a requested rollout. Throws `INVALID_ROLLOUT` about a number of candidates that is not from 1 to 8, a candidate that
 * is named twice, weights, pinned keys and the salt, and `INVALID_REVISION_TAG` about tags. It does not know which
 * revisions exist.
 */
export function parseRollout({ candidates, salt = '' }: GivenRollout): RequestedRollout {
  if (candidates.length === 0) {
    throw invalid('candidates', `has no entries; use 1 to ${rolloutLimits.candidates}, or end the rollout.`)
  }
  requireAtMost(candidates.length, 'entries', rolloutLimits.candidates)
  const parsed = candidates.map(parseCandidate)
  requireTagsOnce(parsed)
  requireWeights(parsed)
  requirePinnedKeys(parsed)
  return { candidates: parsed, salt: parseSalt(salt) }
}

function parseCandidate({ revisionTag, weight, pinnedKeys = [] }: GivenCandidate, index: number): RequestedCandidate {
  const field = `candidates[${index}]`
  if (!(Number.isInteger(weight) && weight >= 0 && weight <= BUCKETS)) {
    throw invalid(`${field}.weight`, `is ${weight}; use a whole number from 0 to ${BUCKETS}.`)
  }
  // Before the keys are checked, so that a million of them do not take long.
  requireAtMost(pinnedKeys.length, 'pinned keys', rolloutLimits.pinnedKeys)
  return {
    tag: parseRevisionTag(revisionTag, `${field}.revision_tag`),
    weight,
    pinnedKeys: pinnedKeys.map((key, at) => parseTargetingKey(key, `${field}.pinned_keys[${at}]`, 'INVALID_ROLLOUT')),
  }
}

function requireTagsOnce(candidates: readonly RequestedCandidate[]): void {
  for (const [index, { tag }] of candidates.entries()) {
    const first = candidates.findIndex((each) => each.tag === tag)
    if (first === index) continue
    const problem = `${quote(tag)} is also the tag of candidates[${first}]; name each revision once.`
    throw invalid(`candidates[${index}].revision_tag`, problem)
  }
}

function requireWeights(candidates: readonly RequestedCandidate[]): void {
  const sum = candidates.reduce((total, { weight }) => total + weight, 0)
  if (sum > BUCKETS) throw invalid('candidates', `has weights that add up to ${sum}; use at most ${BUCKETS} in all.`)
}

function requirePinnedKeys(candidates: readonly RequestedCandidate[]): void {
  const pins = candidates.flatMap(({ pinnedKeys }, index) =>
    pinnedKeys.map((key, at) => ({ key, field: `candidates[${index}].pinned_keys[${at}]` })),
  )
  requireAtMost(pins.length, 'pinned keys', rolloutLimits.pinnedKeys)
  const bytes = pins.reduce((total, { key }) => total + new TextEncoder().encode(key).length, 0)
  requireAtMost(bytes, 'bytes of pinned keys', rolloutLimits.pinnedBytes)
  const fields = new Map<string, string>()
  for (const { key, field } of pins) {
    const first = fields.get(key)
    if (first !== undefined) throw invalid(field, `is the same key as ${first}; pin each key once.`)
    fields.set(key, field)
  }
}

function parseSalt(salt: string): string | null {
  return salt === '' ? null : requireKeyText(salt, 'salt', rolloutLimits.saltLength, 'INVALID_ROLLOUT')
}

function requireAtMost(count: number, unit: string, most: number): void {
  if (count > most) throw tooMany('INVALID_ROLLOUT', 'candidates', `${count} ${unit}`, most)
}

function invalid(field: string, problem: string): RegistryError {
  return fieldError('INVALID_ROLLOUT', field, `${field} ${problem}`)
}
