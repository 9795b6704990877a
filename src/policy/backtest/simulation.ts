import { asksFor, type NamedPolicy, type PolicyContext } from '../../domain/policies/default-policy.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { isRelease, isSemver } from '../../domain/versions/revision-order.ts'
import { byVersion, type PastChange, type PastRevision, PastService, requestedDefault } from './past-service.ts'

/** The most tags that a policy gets, and about the most revisions that it is asked about after a yank: as in a registry. */
const MOST_TAGS = 1_000

/** A policy, and how to ask it. */
export interface Asked {
  readonly policy: Pick<NamedPolicy, 'context' | 'compare'>
  ask(tag: RevisionTag, context: PolicyContext): Promise<boolean>
}

/**
 * The default that a service would have if another policy had decided. People, registrations with `is_default`, reverts and
 * promoted candidates decide as they did.
 */
export class Simulation {
  /** The service as it was. */
  readonly actual = new PastService()
  readonly #asked: Asked
  #defaultTag: RevisionTag | null = null

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** The tag of the default by the policy. Null: the service would have none. */
  get defaultTag(): RevisionTag | null {
    return this.#defaultTag
  }

  /** Follows the next change of the service. Rejects if the policy fails. */
  async follow(change: PastChange): Promise<void> {
    const { event, differences } = change
    if (event === 'REVISION_REGISTERED') return this.#register(change)
    this.actual.apply(change)
    if (event === 'REVISION_YANKED') return this.#yank(change)
    const isDecided = event !== 'ROLLOUT_ENDED' || differences.some(({ field }) => field === 'default')
    if (decisions.has(event) && isDecided) this.#defaultTag = this.actual.defaultTag
  }

  async #register(change: PastChange): Promise<void> {
    const { hasRollout, highestSemver, highestRelease } = this.actual
    const recentTags = this.#recentTags((most) => this.actual.choosable(most))
    const requested = requestedDefault(change.differences)
    this.actual.apply(change)
    const revision = this.actual.find(change.revisionTag ?? '')
    // An import may register a revision that is already yanked or deleted.
    if (!revision?.mayBeChosen || requested === 'false') return
    const facts = { currentDefault: this.#defaultTag, highestSemver, highestRelease, ...recentTags }
    const becomesDefault = requested === 'true' || (!hasRollout && (await this.#asked.ask(revision.tag, facts)))
    if (becomesDefault) this.#defaultTag = revision.tag
  }

  async #yank({ revisionTag }: PastChange): Promise<void> {
    if (revisionTag !== this.#defaultTag || this.actual.find(revisionTag ?? '')?.mayBeChosen !== false) return
    const left = this.actual.choosable().filter(({ tag }) => !this.actual.isCandidate(tag))
    this.#defaultTag =
      (await this.#choose(left.filter((each) => !each.isHeldBack))) ??
      (await this.#choose(left.filter((each) => each.isHeldBack)))
  }

  // As `chooseNextDefault` of the registry.
  async #choose(latestFirst: readonly PastRevision[]): Promise<RevisionTag | null> {
    const tags = byVersion(latestFirst).map(({ tag }) => tag)
    const highestSemver = tags.find(isSemver) ?? null
    const highestRelease = tags.find(isRelease) ?? null
    const recentTags = this.#recentTags(() => latestFirst)
    const facts = { currentDefault: null, highestSemver, highestRelease, ...recentTags }
    const { compare } = this.#asked.policy
    const first = compare === undefined ? [] : latestFirst.map(({ tag }) => tag).toSorted((a, b) => compare(b, a))
    const candidates = new Set([...first.slice(0, MOST_TAGS), ...tags.slice(0, MOST_TAGS)])
    if (highestRelease !== null) candidates.add(highestRelease)
    for (const tag of candidates) if (await this.#asked.ask(tag, facts)) return tag
    return null
  }

  #recentTags(latestFirst: (most: number) => readonly PastRevision[]): Pick<PolicyContext, 'recentTags'> {
    if (!asksFor(this.#asked.policy, 'recentTags')) return {}
    const recentTags = latestFirst(MOST_TAGS).slice(0, MOST_TAGS)
    return { recentTags: recentTags.map(({ tag }) => tag) }
  }
}

/** The changes that decide about the default without the policy. */
const decisions: ReadonlySet<string> = new Set(['DEFAULT_SET', 'DEFAULT_CLEARED', 'CHOICES_REVERTED', 'ROLLOUT_ENDED'])
