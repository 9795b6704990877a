import type { Alias, AliasName } from './alias.ts'
import type { RevisionTag } from './revision-tag.ts'
import type { Rollout } from './rollout/rollout.ts'
import { compareRevisionTags, isRelease, isSemver } from './versions/revision-order.ts'
import { parseVersionRange, type VersionRange } from './versions/version-range.ts'

/** Why the service has its default revision, or has none. */
export interface DefaultRule {
  /**
   * `yank`: the previous default was yanked, and the policy chose this revision, or none. `import`: an import set it, and
   * its input did not say why. `promotion`: it was a candidate of the rollout that the entry ended. `revert`: the choices
   * of an earlier generation were restored.
   */
  readonly by: 'policy' | 'registration' | 'hand' | 'yank' | 'import' | 'promotion' | 'revert'
  /** The policy that decided. Null: no policy was asked. */
  readonly policy: string | null
  /** The reason given by the person who set the default. Empty: no reason was given. */
  readonly reason: string
  readonly actor: string
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
}

/** The state of a service as a whole after an entry. Its size does not grow with the number of revisions. */
export interface Head {
  readonly defaultTag: RevisionTag | null
  /** Null: there never was a default, or it was set before registries recorded reasons. */
  readonly defaultRule: DefaultRule | null
  /** Whether nobody but imports has ever set or cleared the default. */
  readonly isDefaultImported: boolean
  /** The highest semantic version that may be chosen, pre-releases included. Among equals, the newest. */
  readonly highestSemver: RevisionTag | null
  /** The highest semantic version that may be chosen and is not a pre-release. Among equals, the newest. */
  readonly highestRelease: RevisionTag | null
  /** The number of revisions, deleted ones not included. */
  readonly revisionCount: number
  /** The rollout that runs. Null: none does. None of its candidates is the default. */
  readonly rollout: Rollout | null
  /** Changes whenever the default, its rule, a highest version, an alias or the rollout changes. */
  readonly etag: string
  readonly reserved: Reserved
}

/** The parts of a head that later versions of Waypost define. This version keeps them as they are. */
export type Reserved = { readonly [K in ReservedKey]?: unknown }

/** The names of the reserved parts: the audience of tokens to call the service. */
export const reservedKeys = ['audience'] as const
type ReservedKey = (typeof reservedKeys)[number]

/** A head with the aliases of the service, which changes need and most reads do not. */
export interface FullHead extends Head {
  /** In the order of their names. */
  readonly aliases: readonly Alias[]
  readonly aliasPlace: AliasPlace
}

/** The place of a service's aliases in the log: one entry has the whole list, and later ones may have moved some. */
export interface AliasPlace {
  /** The generation of the entry that has the whole list. 0: there was never an alias. */
  readonly generation: number
  /** The moves since then, each alias at most once. */
  readonly moves: readonly AliasMove[]
}

/** A move of aliases to another revision, all by the same entry. */
export interface AliasMove {
  readonly tag: RevisionTag | null
  readonly etag: string
  /** The places of the aliases in the list, from 0, in ascending order. */
  readonly positions: readonly number[]
}

/** The head of a service before its first entry. */
export const emptyHead: FullHead = {
  defaultTag: null,
  defaultRule: null,
  isDefaultImported: true,
  highestSemver: null,
  highestRelease: null,
  revisionCount: 0,
  rollout: null,
  etag: '',
  reserved: {},
  aliases: [],
  aliasPlace: { generation: 0, moves: [] },
}

/** The revisions that a service chooses when its choices are made again. */
export interface Choices extends Pick<Head, 'highestSemver' | 'highestRelease'> {
  readonly aliasTargets: ReadonlyMap<AliasName, RevisionTag | null>
}

/** Whether the newcomer is at least as high as the current one. If they are equal, the newcomer wins. */
export function isHighest(newcomer: RevisionTag, current: RevisionTag | null): boolean {
  return current === null || compareRevisionTags(newcomer, current) >= 0
}

/** Returns the head with another default. */
export function withDefault<H extends Head>(
  head: H,
  defaultTag: RevisionTag | null,
  defaultRule: DefaultRule | null,
): H {
  return { ...head, defaultTag, defaultRule }
}

/** Returns the head with another rollout, or without one. */
export function withRollout<H extends Head>(head: H, rollout: Rollout | null): H {
  return { ...head, rollout }
}

/**
 * Returns the head after a new revision that may be chosen. The highest versions and following aliases move to it if it
 * is higher.
 */
export function withNewest(head: FullHead, tag: RevisionTag, etag: string): FullHead {
  return {
    ...head,
    highestSemver: isSemver(tag) ? highest(head.highestSemver, tag) : head.highestSemver,
    highestRelease: isRelease(tag) ? highest(head.highestRelease, tag) : head.highestRelease,
    aliases: retarget(head.aliases, (alias) => (isMovedTo(alias, tag) ? tag : alias.tag), etag),
  }
}

/** Returns the head with other choices. */
export function withChoices(head: FullHead, { aliasTargets, ...chosen }: Choices, etag: string): FullHead {
  const toTarget = ({ name, tag }: Alias) => aliasTargets.get(name) ?? (aliasTargets.has(name) ? null : tag)
  return { ...head, ...chosen, aliases: retarget(head.aliases, toTarget, etag) }
}

/** Returns the head with an alias, which replaces an alias of the same name. */
export function withAlias(head: FullHead, alias: Alias): FullHead {
  const aliases = [...withoutAlias(head, alias.name).aliases, alias].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { ...head, aliases }
}

/** Returns the head without the alias of this name. */
export function withoutAlias(head: FullHead, name: AliasName): FullHead {
  return { ...head, aliases: head.aliases.filter((alias) => alias.name !== name) }
}

/** Finds an alias by its name. Undefined if no alias has it. */
export function findAlias({ aliases }: Pick<FullHead, 'aliases'>, name: AliasName): Alias | undefined {
  return aliases.find((alias) => alias.name === name)
}

/** The range that an alias follows. Undefined: it is fixed to its tag. */
export function rangeOf({ follows }: Alias): VersionRange | undefined {
  return follows === null ? undefined : parseVersionRange(follows.range, follows.includePrerelease)
}

/** Whether two heads are the same, except for the count of revisions. */
export function isSameButForCount(a: FullHead, b: FullHead): boolean {
  return (
    a.defaultTag === b.defaultTag &&
    a.defaultRule === b.defaultRule &&
    a.highestSemver === b.highestSemver &&
    a.highestRelease === b.highestRelease &&
    a.aliases === b.aliases &&
    a.rollout === b.rollout &&
    a.reserved === b.reserved
  )
}

function isMovedTo(alias: Alias, tag: RevisionTag): boolean {
  const range = isSemver(tag) ? rangeOf(alias) : undefined
  return range?.includes(tag) === true && isHighest(tag, alias.tag)
}

// Returns the same list if no alias moves, so that `isSameButForCount` can compare by identity.
function retarget(aliases: FullHead['aliases'], toTarget: (alias: Alias) => RevisionTag | null, etag: string) {
  const moved = aliases.map((alias) => {
    const tag = toTarget(alias)
    return tag === alias.tag ? alias : { ...alias, tag, etag }
  })
  return moved.every((alias, index) => alias === aliases[index]) ? aliases : moved
}

function highest(current: RevisionTag | null, newcomer: RevisionTag): RevisionTag | null {
  return isHighest(newcomer, current) ? newcomer : current
}
