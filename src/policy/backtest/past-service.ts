import { parseRevisionTag, type RevisionTag } from '../../domain/revision-tag.ts'
import { compareRevisionTags } from '../../domain/versions/revision-order.ts'

/** The parts of a change of a service that a backtest needs. `ServiceChange` of the SDK has them. */
export interface PastChange {
  readonly generation: number
  readonly time?: Date
  /** Such as `REVISION_REGISTERED`. */
  readonly event: string
  readonly revisionTag?: string
  readonly differences: readonly PastDifference[]
}

/** A value before and after a change. */
export interface PastDifference {
  readonly field: string
  readonly before?: string
  readonly after?: string
}

/** A revision as it was at a generation. */
export interface PastRevision {
  readonly tag: RevisionTag
  /** Whether a policy may choose it: it is neither yanked nor deleted. */
  readonly mayBeChosen: boolean
  /** Whether it was registered with `is_default` false. */
  readonly isHeldBack: boolean
}

const ROLLOUT = 'rollout.'

/** A service as it was at a generation, computed from its changes. */
export class PastService {
  defaultTag: RevisionTag | null = null
  highestSemver: RevisionTag | null = null
  highestRelease: RevisionTag | null = null
  readonly #revisions = new Map<string, PastRevision>()
  /** In the order of their registrations. */
  readonly #tags: RevisionTag[] = []
  readonly #candidates = new Set<string>()

  /** Whether a rollout runs. */
  get hasRollout(): boolean {
    return this.#candidates.size > 0
  }

  find(tag: string): PastRevision | undefined {
    return this.#revisions.get(tag)
  }

  /** Whether a revision is a candidate of the rollout. */
  isCandidate(tag: string): boolean {
    return this.#candidates.has(tag)
  }

  /** The revisions that a policy may choose, the latest registration first: all, or at most so many. */
  choosable(most = Number.POSITIVE_INFINITY): readonly PastRevision[] {
    const found: PastRevision[] = []
    for (let index = this.#tags.length - 1; index >= 0 && found.length < most; index--) {
      const revision = this.#revisions.get(this.#tags[index] as string)
      if (revision?.mayBeChosen) found.push(revision)
    }
    return found
  }

  /** Takes over the values that a change changed. */
  apply({ revisionTag, differences }: PastChange): void {
    for (const { field, after } of differences) {
      if (field === 'default') this.defaultTag = toTag(after)
      else if (field === 'highest_version') this.highestSemver = toTag(after)
      else if (field === 'highest_release') this.highestRelease = toTag(after)
      else if (field.startsWith(ROLLOUT)) this.#setCandidate(field.slice(ROLLOUT.length), after !== undefined)
    }
    if (revisionTag !== undefined) this.#setRevision(parseRevisionTag(revisionTag), differences)
  }

  #setCandidate(tag: string, isThere: boolean): void {
    if (isThere) this.#candidates.add(tag)
    else this.#candidates.delete(tag)
  }

  #setRevision(tag: RevisionTag, differences: readonly PastDifference[]): void {
    const known = this.#revisions.get(tag)
    if (known === undefined) this.#tags.push(tag)
    const { mayBeChosen = true, isHeldBack = false } = known ?? {}
    const state = differences.find(({ field }) => field === 'state')?.after
    this.#revisions.set(tag, {
      tag,
      mayBeChosen: state === undefined ? mayBeChosen : !['yanked', 'deleted'].includes(state),
      isHeldBack: isHeldBack || requestedDefault(differences) === 'false',
    })
  }
}

/** The `is_default` of a registration. Undefined: it had none. */
export function requestedDefault(differences: readonly PastDifference[]): string | undefined {
  return differences.find(({ field }) => field === 'is_default')?.after
}

/** Sorts revisions by version, the highest first. Of equal ones, the latest registration comes first. */
export function byVersion(latestFirst: readonly PastRevision[]): readonly PastRevision[] {
  return latestFirst.toSorted((a, b) => compareRevisionTags(b.tag, a.tag))
}

function toTag(text: string | undefined): RevisionTag | null {
  return text === undefined ? null : parseRevisionTag(text)
}
