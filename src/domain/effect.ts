import type { Alias, AliasName } from './alias.ts'
import type { FullHead } from './head.ts'
import type { RevisionTag } from './revision-tag.ts'
import { BUCKETS, type BucketRange, type Rollout } from './rollout/rollout.ts'
import { sweep } from './rollout/runs.ts'

/** A choice before and after a change. Null: it is no revision. */
export interface Move {
  readonly before: RevisionTag | null
  readonly after: RevisionTag | null
}

/** The move of an alias. */
export interface AliasMove extends Move {
  readonly alias: AliasName
}

/** The consequences of a change for the callers of a service. */
export interface Effect {
  /** Null: the default stays. */
  readonly defaultMove: Move | null
  /** The aliases that move, appear or disappear, in the order of their names. */
  readonly aliasMoves: readonly AliasMove[]
  /** How many of 100,000 callers of the default get another revision than before. Pinned keys do not count. */
  readonly moved: number
  /** Sentences for people about consequences that are easily overlooked. */
  readonly warnings: readonly string[]
}

/** The choices of a service: its default, its aliases in the order of their names, and its rollout. */
export interface ServiceChoices extends Pick<FullHead, 'defaultTag' | 'aliases'> {
  readonly rollout: Rollout | null
}

/**
 * The effect of a change. An alias without a revision counts like one that does not exist. If both have a rollout, but with
 * different salts, every caller gets a new bucket. `moved` is then the number to expect of 100,000 random callers.
 */
export function effectOf(before: ServiceChoices, after: ServiceChoices, warnings: readonly string[] = []): Effect {
  return {
    defaultMove: moveOf(before.defaultTag, after.defaultTag),
    aliasMoves: before.aliases === after.aliases ? [] : aliasMoves(before.aliases, after.aliases),
    moved: countMoved(before, after),
    warnings,
  }
}

function moveOf(before: RevisionTag | null, after: RevisionTag | null): Move | null {
  return before === after ? null : { before, after }
}

function aliasMoves(before: readonly Alias[], after: readonly Alias[]): readonly AliasMove[] {
  const targets = (aliases: readonly Alias[]) => new Map(aliases.map(({ name, tag }) => [name, tag]))
  const [from, to] = [targets(before), targets(after)]
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((alias) => {
    const move = moveOf(from.get(alias) ?? null, to.get(alias) ?? null)
    return move === null ? [] : [{ alias, ...move }]
  })
}

function countMoved(before: ServiceChoices, after: ServiceChoices): number {
  if (before.defaultTag === after.defaultTag && before.rollout === after.rollout) return 0
  const isDealtAnew = before.rollout !== null && after.rollout !== null && before.rollout.salt !== after.rollout.salt
  const [from, to] = [portionsOf(before), portionsOf(after)]
  if (isDealtAnew) return expectedMoved(from, to)
  let moved = 0
  sweep(from, to, (a, b, size) => {
    if (a.tag !== b.tag) moved += size
  })
  return moved
}

/** Buckets whose callers get the same revision, or none. */
interface Portion extends BucketRange {
  readonly tag: RevisionTag | null
}

/** All buckets in ascending order. */
function portionsOf({ defaultTag, rollout }: ServiceChoices): readonly Portion[] {
  const ranges = (rollout?.candidates ?? []).flatMap(({ tag, buckets, isHeld }) =>
    buckets.map((range) => ({ ...range, tag: isHeld ? defaultTag : tag })),
  )
  const portions: Portion[] = []
  let end = 0
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    portions.push({ from: end, to: range.from, tag: defaultTag }, range)
    end = range.to
  }
  return [...portions, { from: end, to: BUCKETS, tag: defaultTag }].filter(({ from, to }) => from < to)
}

function expectedMoved(before: readonly Portion[], after: readonly Portion[]): number {
  const sizes = sizesByTag(after)
  let stay = 0
  for (const [tag, size] of sizesByTag(before)) stay += (size * (sizes.get(tag) ?? 0)) / BUCKETS
  return Math.round(BUCKETS - stay)
}

function sizesByTag(portions: readonly Portion[]): ReadonlyMap<RevisionTag | null, number> {
  const sizes = new Map<RevisionTag | null, number>()
  for (const { tag, from, to } of portions) sizes.set(tag, (sizes.get(tag) ?? 0) + to - from)
  return sizes
}
