import { isDeepStrictEqual } from 'node:util'
import { quote, RegistryError } from '../domain/errors.ts'
import type { Lifecycle } from '../domain/lifecycle.ts'
import { parseRollout } from '../domain/rollout/parse-rollout.ts'
import { BUCKETS, type Candidate, type Rollout, rolloutLimits } from '../domain/rollout/rollout.ts'
import type { CheckedHead, FindLifecycle } from './checked-head.ts'

/** The problems with the rollout of a head, as far as its entry can have caused them. */
export function* rolloutProblems(checked: CheckedHead, find: FindLifecycle): Generator<string> {
  const { before, head, tag } = checked
  const { rollout, defaultTag } = head
  if (rollout === null) return
  const isChanged = rollout !== before?.rollout && !isDeepStrictEqual(rollout, before?.rollout)
  if (isChanged) yield* shapeProblems(rollout)
  if (isChanged && !isSetWhenItSays(rollout, checked))
    yield `the rollout says that it was set at generation ${rollout.setAt}, and it was not.`
  for (const candidate of rollout.candidates) {
    const isNewDefault = candidate.tag === defaultTag && (isChanged || defaultTag !== before?.defaultTag)
    if (isNewDefault) yield `candidate ${quote(candidate.tag)} is the default.`
    if (!isChanged && candidate.tag !== tag) continue
    const problem = problemOf(candidate, find(candidate.tag))
    if (problem !== undefined) yield `candidate ${quote(candidate.tag)} ${problem}.`
  }
}

// Explanations name the author of the entry of that generation.
function isSetWhenItSays({ setAt }: Rollout, { before, generation }: CheckedHead): boolean {
  return setAt === generation || (before === null ? setAt < generation : setAt === before.rollout?.setAt)
}

function* shapeProblems(rollout: Rollout): Generator<string> {
  const { candidates, salt } = rollout
  const problem = requestProblem(rollout)
  if (problem !== undefined) yield problem
  else if (salt === '') yield 'the salt is empty.'
  for (const { tag, weight, buckets } of candidates) {
    const size = buckets.reduce((sum, { from, to }) => sum + to - from, 0)
    if (size !== weight) yield `candidate ${quote(tag)} has weight ${weight} and ${size} buckets.`
  }
  const ranges = candidates.flatMap(({ buckets }) => buckets)
  if (ranges.length > rolloutLimits.ranges) yield `the buckets have ${ranges.length} ranges.`
  const areRanges = candidates.every(isInOrder)
  if (!areRanges) yield 'the buckets are no ranges in ascending order.'
  else if (haveOverlap(candidates)) yield 'candidates share buckets.'
}

// The rules of a request, which no registry stores otherwise.
function requestProblem({ candidates, salt }: Rollout): string | undefined {
  try {
    parseRollout({ candidates: candidates.map(({ tag, ...rest }) => ({ revisionTag: tag, ...rest })), salt })
    return undefined
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    return error.message
  }
}

// Neighbouring ranges are one range.
function isInOrder({ buckets }: Candidate): boolean {
  const isRange = ({ from, to }: Candidate['buckets'][number]) =>
    Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= BUCKETS
  return buckets.every((range, index) => isRange(range) && range.from > (buckets[index - 1]?.to ?? -1))
}

function haveOverlap(candidates: readonly Candidate[]): boolean {
  const ranges = candidates.flatMap(({ buckets }) => buckets).sort((a, b) => a.from - b.from)
  return ranges.some(({ from }, index) => from < (ranges[index - 1]?.to ?? 0))
}

function problemOf({ isHeld }: Candidate, lifecycle: Lifecycle | null | undefined): string | undefined {
  if (lifecycle === undefined) return undefined
  if (lifecycle === null) return 'does not exist'
  if (lifecycle.isDeleted) return 'is deleted'
  const isYanked = lifecycle.yank !== null
  if (isYanked === isHeld) return undefined
  return isYanked ? 'is yanked and not held' : 'is held and not yanked'
}
