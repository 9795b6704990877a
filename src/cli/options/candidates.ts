import { InvalidArgumentError } from 'commander'
import type { CandidateOptions, RolloutCandidate } from '../../client/index.ts'
import { formatPercent } from '../output/describe-effect.ts'
import { RepeatableOption } from './repeatable-option.ts'
import { quoteValue, UsageError } from './usage-error.ts'

/** The pinned keys of each tag. */
type Pins = ReadonlyMap<string, readonly string[]>

/** The flags of a command with candidates. */
export interface CandidateFlags {
  readonly pin?: Pins
}

/** The help of the argument `<candidates...>`. */
export const candidatesHelp =
  'each candidate and its share of the callers: TAG=PERCENT%, such as 2.0.0=10%, with up to 3 decimals; with 0%, only its pinned keys get it'

/** `--pin`: keys that always get a candidate. */
export function pinOption(): RepeatableOption<Pins> {
  const help =
    'targeting keys that always get a candidate, with commas between them; repeat the option for each candidate, or for ' +
    'keys; without this option, a candidate keeps the keys that it has, and TAG= removes them'
  return new RepeatableOption('--pin <tag=keys>', help, collectPins)
}

/**
 * The candidates that the command names. A candidate that the running rollout has, too, keeps its pinned keys, unless the
 * command gives others. Throws a `UsageError` for a share that cannot be understood, and for keys of no candidate.
 */
export function toCandidates(
  given: readonly string[],
  { pin = new Map() }: CandidateFlags,
  running: readonly RolloutCandidate[],
): CandidateOptions[] {
  const weights = new Map<string, number>()
  for (const text of given) {
    const { tag, weight } = parseCandidate(text)
    if (weights.has(tag)) throw new UsageError(`the candidate ${quoteValue(tag)} is named twice; name it once.`)
    weights.set(tag, weight)
  }
  requireShares([...weights.values()])
  const other = [...pin.keys()].find((tag) => !weights.has(tag))
  if (other !== undefined) {
    const advice = `name the candidate, too, such as ${other}=0%`
    throw new UsageError(`--pin names ${quoteValue(other)}, which is no candidate of the command; ${advice}.`, '--pin')
  }
  const keysOf = (tag: string) => pin.get(tag) ?? running.find((each) => each.revisionTag === tag)?.pinnedKeys
  return [...weights].map(([revisionTag, weight]) => ({ revisionTag, weight, pinnedKeys: keysOf(revisionTag) }))
}

// The registry would name the weights, which the command does not have.
function requireShares(weights: readonly number[]): void {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  if (sum > 100_000) throw new UsageError(`the candidates have ${formatPercent(sum)} together; use at most 100 %.`)
}

/** Parses `2.0.0=12.5%`. The weight is in thousandths of a percent. */
function parseCandidate(text: string): { readonly tag: string; readonly weight: number } {
  const [, tag, whole, decimals = ''] = /^([^=]+)=(\d{1,3})(?:\.(\d{1,3}))?%$/.exec(text) ?? []
  const weight = Number(whole) * 1_000 + Number(decimals.padEnd(3, '0'))
  if (tag !== undefined && weight <= 100_000) return { tag, weight }
  const allowed = 'use TAG=PERCENT%, such as 2.0.0=10% or 2.0.0=0.125%, with 0% to 100% and up to 3 decimals'
  throw new UsageError(`the candidate ${quoteValue(text)} is not valid; ${allowed}.`)
}

function collectPins(text: string, before: Pins = new Map()): Pins {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('Use TAG=KEY,KEY, such as 2.0.0=user-1,user-2.')
  const tag = text.slice(0, at)
  const keys = text
    .slice(at + 1)
    .split(',')
    .filter((key) => key !== '')
  const all = [...(before.get(tag) ?? []), ...keys]
  if (new Set(all).size < all.length || (keys.length === 0 && before.has(tag)))
    throw new InvalidArgumentError('Give each key once.')
  return new Map([...before, [tag, all]])
}
