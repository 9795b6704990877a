import type { Fields } from '../support/api.ts'
import { withoutAbsent } from './answers.ts'
import type { ModelCandidate, ModelRollout, ModelService } from './state.ts'
import { bucketsOfKeys } from './vocabulary.ts'

/** The weights of a history are multiples of this many buckets, so that the model has ten cells in place of all buckets. */
export const CELL = 10_000
const CELLS = 10

/** Divides the cells as the documentation says. `previous` has the cells of the running rollout. */
export function divide(
  previous: ModelRollout['cells'] | undefined,
  candidates: readonly ModelCandidate[],
): ModelRollout['cells'] {
  const GIVEN_UP = '(nobody)'
  const cells = previous === undefined ? Array<string | undefined>(CELLS).fill(undefined) : [...previous]
  const wanted = new Map(candidates.map(({ tag, weight }) => [tag, weight / CELL]))
  const count = (owner: string) => cells.filter((each) => each === owner).length
  // The highest cells are given up first.
  for (let i = CELLS - 1; i >= 0; i--) {
    const owner = cells[i]
    if (owner !== undefined && owner !== GIVEN_UP && count(owner) > (wanted.get(owner) ?? 0)) cells[i] = GIVEN_UP
  }
  for (const source of [GIVEN_UP, undefined]) {
    for (let i = 0; i < CELLS; i++) {
      if (cells[i] !== source) continue
      const taker = candidates.find(({ tag }) => count(tag) < (wanted.get(tag) ?? 0))
      if (taker !== undefined) cells[i] = taker.tag
    }
  }
  return cells.map((owner) => (owner === GIVEN_UP ? undefined : owner))
}

/** The candidate that a caller gets, and the rule. Undefined: the caller gets the default. */
export function candidateOf(
  { candidates, cells, salt }: ModelRollout,
  key: unknown,
): readonly [tag: string, rule: string] | undefined {
  const pinned = candidates.find(({ pinnedKeys }) => pinnedKeys.includes(String(key)))
  if (key !== undefined && pinned !== undefined) return [pinned.tag, 'ROLLOUT_PINNED']
  const full = candidates.find(({ weight }) => weight === CELL * CELLS)
  if (full !== undefined) return [full.tag, 'ROLLOUT_BUCKET']
  const bucket = key === undefined ? undefined : bucketsOfKeys[salt]?.[String(key)]
  const owner = bucket === undefined ? undefined : cells[Math.floor(bucket / CELL)]
  return owner === undefined ? undefined : [owner, 'ROLLOUT_BUCKET']
}

/** Returns the rollout without a candidate, or undefined if it has no other. */
export function withoutCandidate(rollout: ModelRollout, tag: string): ModelRollout | undefined {
  const candidates = rollout.candidates.filter((candidate) => candidate.tag !== tag)
  const cells = rollout.cells.map((owner) => (owner === tag ? undefined : owner))
  return candidates.length === 0 ? undefined : { ...rollout, candidates, cells }
}

export function isCandidate({ rollout }: ModelService, tag: string): boolean {
  return rollout?.candidates.some((candidate) => candidate.tag === tag) === true
}

/** The effect of a change, in the form of an answer. It has no warnings. Undefined: nothing moves. */
export function effectOf(before: ModelService, after: ModelService): Fields | undefined {
  const move = (from: string | undefined, to: string | undefined) =>
    from === to ? undefined : withoutAbsent({ before: from, after: to })
  const names = [...new Set([...before.aliases.keys(), ...after.aliases.keys()])].sort()
  const aliases = names.flatMap((alias) => {
    const moved = move(before.aliases.get(alias)?.tag, after.aliases.get(alias)?.tag)
    return moved === undefined ? [] : [{ alias, ...moved }]
  })
  const default_revision = move(before.default?.tag, after.default?.tag)
  const moved = countMoved(before, after)
  if (default_revision === undefined && aliases.length === 0 && moved === 0) return undefined
  return withoutAbsent({ default_revision, aliases: aliases.length > 0 ? aliases : undefined, moved })
}

/** How many of 100,000 callers get another revision. */
export function countMoved(before: ModelService, after: ModelService): number {
  const [from, to] = [targets(before), targets(after)]
  const isDealtAnew = before.rollout && after.rollout && before.rollout.salt !== after.rollout.salt
  if (!isDealtAnew) return from.filter((tag, i) => tag !== to[i]).length * CELL
  const shareOf = (all: typeof from, tag: string | undefined) => all.filter((each) => each === tag).length / CELLS
  const stay = [...new Set(from)].reduce((sum, tag) => sum + shareOf(from, tag) * shareOf(to, tag), 0)
  return Math.round(CELL * CELLS * (1 - stay))
}

/** The tag that the callers of each cell get. */
function targets({ rollout, revisions, default: chosen }: ModelService): (string | undefined)[] {
  const isYanked = (tag: string) => revisions.some((each) => each.tag === tag && each.yank !== undefined)
  return Array.from({ length: CELLS }, (_, i) => {
    const owner = rollout?.cells[i]
    return owner === undefined || isYanked(owner) ? chosen?.tag : owner
  })
}

export function viewRollout({ candidates, cells, salt, reason }: ModelRollout, service: ModelService): Fields {
  const isHeld = (tag: string) => service.revisions.some((each) => each.tag === tag && each.yank !== undefined)
  return withoutAbsent({
    candidates: candidates.map(({ tag, weight, pinnedKeys }) =>
      withoutAbsent({
        ...{ revision_tag: tag, weight },
        pinned_keys: pinnedKeys.length > 0 ? pinnedKeys : undefined,
        buckets: weight > 0 ? rangesOf(cells, tag) : undefined,
        held: isHeld(tag) || undefined,
      }),
    ),
    ...{
      salt,
      algorithm: 'murmur3-100k',
      reason: reason || undefined,
      start_time: '(a time)',
      update_time: '(a time)',
    },
  })
}

function rangesOf(cells: ModelRollout['cells'], tag: string): Fields[] {
  const ranges: { from: number; to: number }[] = []
  for (const [i, owner] of cells.entries()) {
    if (owner !== tag) continue
    const last = ranges.at(-1)
    if (last?.to === i * CELL) last.to += CELL
    else ranges.push({ from: i * CELL, to: (i + 1) * CELL })
  }
  return ranges
}
