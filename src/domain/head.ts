import type { Alias, AliasName } from './alias.ts'
import type { RevisionTag } from './revision-tag.ts'
import { compareRevisionTags, isRelease, isSemver } from './versions/revision-order.ts'
import { parseVersionRange, type VersionRange } from './versions/version-range.ts'

/** How the default revision came to be the default, or there came to be none. */
export interface DefaultRule {
  /** `yank`: the default before it was yanked, and the policy chose this one, or none. */
  readonly by: 'policy' | 'registration' | 'hand' | 'yank'
  /** The policy that decided; null where none was asked. */
  readonly policy: string | null
  /** What the person who set it gave as the reason; empty: nothing. */
  readonly reason: string
  readonly actor: string
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
}

/** What is true of a service as a whole after an entry. Its size does not grow with the number of revisions. */
export interface Head {
  readonly defaultTag: RevisionTag | null
  /** Null where there never was a default, or where it is older than this record of how it came to be. */
  readonly defaultRule: DefaultRule | null
  /** The highest semantic version that may be chosen, pre-releases included. Of equals, the newest. */
  readonly highestSemver: RevisionTag | null
  /** The highest semantic version that may be chosen and is not a pre-release. Of equals, the newest. */
  readonly highestRelease: RevisionTag | null
  /** In the order of their names. */
  readonly aliases: readonly Alias[]
  /** How many revisions there are. */
  readonly revisionCount: number
  /** Changes whenever something else of this does, but for the count. */
  readonly etag: string
}

/** The head of a service before its first entry. */
export const emptyHead: Head = {
  defaultTag: null,
  defaultRule: null,
  highestSemver: null,
  highestRelease: null,
  aliases: [],
  revisionCount: 0,
  etag: '',
}

/** What a service chooses among its revisions, where that is decided anew. */
export interface Choices extends Pick<Head, 'highestSemver' | 'highestRelease'> {
  readonly aliasTargets: ReadonlyMap<AliasName, RevisionTag | null>
}

/** Whether the newcomer is at least as high: ties go to the newcomer. */
export function isHighest(newcomer: RevisionTag, current: RevisionTag | null): boolean {
  return current === null || compareRevisionTags(newcomer, current) >= 0
}

/** The head with this default. */
export function withDefault(head: Head, defaultTag: RevisionTag | null, defaultRule: DefaultRule | null): Head {
  return { ...head, defaultTag, defaultRule }
}

/** The head after a new revision that may be chosen: whatever is highest, and the aliases that follow it, move to it. */
export function withNewest(head: Head, tag: RevisionTag, etag: string): Head {
  return {
    ...head,
    highestSemver: isSemver(tag) ? highest(head.highestSemver, tag) : head.highestSemver,
    highestRelease: isRelease(tag) ? highest(head.highestRelease, tag) : head.highestRelease,
    aliases: retarget(head.aliases, (alias) => (isMovedTo(alias, tag) ? tag : alias.tag), etag),
  }
}

/** The head where what is chosen was decided anew. */
export function withChoices(head: Head, { aliasTargets, ...chosen }: Choices, etag: string): Head {
  const toTarget = ({ name, tag }: Alias) => aliasTargets.get(name) ?? (aliasTargets.has(name) ? null : tag)
  return { ...head, ...chosen, aliases: retarget(head.aliases, toTarget, etag) }
}

/** The head with an alias, in the place of the one of that name. */
export function withAlias(head: Head, alias: Alias): Head {
  const aliases = [...withoutAlias(head, alias.name).aliases, alias].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { ...head, aliases }
}

/** The head without the alias of that name. */
export function withoutAlias(head: Head, name: AliasName): Head {
  return { ...head, aliases: head.aliases.filter((alias) => alias.name !== name) }
}

/** The alias of that name; undefined where there is none. */
export function findAlias({ aliases }: Head, name: AliasName): Alias | undefined {
  return aliases.find((alias) => alias.name === name)
}

/** The range that an alias follows; undefined where it stays with its tag. */
export function rangeOf({ follows }: Alias): VersionRange | undefined {
  return follows === null ? undefined : parseVersionRange(follows.range, follows.includePrerelease)
}

/** Whether two heads are the same but for the count of revisions. */
export function isSameButForCount(a: Head, b: Head): boolean {
  return (
    a.defaultTag === b.defaultTag &&
    a.defaultRule === b.defaultRule &&
    a.highestSemver === b.highestSemver &&
    a.highestRelease === b.highestRelease &&
    a.aliases === b.aliases
  )
}

function isMovedTo(alias: Alias, tag: RevisionTag): boolean {
  const range = isSemver(tag) ? rangeOf(alias) : undefined
  return range?.includes(tag) === true && isHighest(tag, alias.tag)
}

// The list itself stays where nothing moves.
function retarget(aliases: Head['aliases'], toTarget: (alias: Alias) => RevisionTag | null, etag: string) {
  const moved = aliases.map((alias) => {
    const tag = toTarget(alias)
    return tag === alias.tag ? alias : { ...alias, tag, etag }
  })
  return moved.every((alias, index) => alias === aliases[index]) ? aliases : moved
}

function highest(current: RevisionTag | null, newcomer: RevisionTag): RevisionTag | null {
  return isHighest(newcomer, current) ? newcomer : current
}
