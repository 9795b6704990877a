import { isHighest } from '../head.ts'
import type { RevisionTag } from '../revision-tag.ts'
import type { Sruid } from '../sruid.ts'
import { isRelease, isSemver } from '../versions/revision-order.ts'
import { comparePep440, isPep440 } from './pep440-order.ts'

/** The facts that a policy gets about the service, from before the registration. */
export interface PolicyContext {
  /** The tag of the current default revision. Null: the service has no default. */
  readonly currentDefault: RevisionTag | null
  /** The highest semantic version that may be chosen, pre-releases included. Null if the service has none. */
  readonly highestSemver: RevisionTag | null
  /** The highest semantic version that may be chosen and is not a pre-release. Null if the service has none. */
  readonly highestRelease: RevisionTag | null
  /**
   * The tags that were registered most recently and may be chosen, the latest first: at most 1,000, among the 10,000 latest
   * registrations. Only a policy that asks for them has them.
   */
  readonly recentTags?: readonly RevisionTag[]
}

/**
 * The facts that a policy gets only if it asks for them, because the registry has to read them from the store. A policy
 * module asks with `export const context = ['recentTags']`.
 */
export const extraFacts = ['recentTags'] as const satisfies readonly (keyof PolicyContext)[]

/** The name of a fact that a policy can ask for. */
export type ExtraFact = (typeof extraFacts)[number]

/**
 * Decides whether a new revision becomes the default of its service. The registry asks it only if the registration
 * leaves out `is_default`. It may ask more than once for one registration, if another writer changed the service in
 * between.
 */
export interface DefaultPolicy {
  (candidate: Sruid, context: PolicyContext): boolean | PromiseLike<boolean>
  /** The facts that the function asks for, beside those that every policy gets. Default: none. */
  readonly context?: readonly ExtraFact[]
}

/** A policy and the name that errors and logs use for it. */
export interface NamedPolicy {
  readonly name: string
  /** The facts that the policy asks for, beside those that every policy gets. They change if its module is loaded again. Default: none. */
  readonly context?: readonly ExtraFact[]
  /** See `DefaultPolicy`. The signal aborts if the answer takes longer than the policy's time limit. */
  decide(candidate: Sruid, context: PolicyContext, signal: AbortSignal): boolean | PromiseLike<boolean>
  /**
   * Decides as `decide` does, but at once. Only a policy has it that never throws and takes a few microseconds, because
   * other changes wait in the meantime. If the policy asks for `recentTags`, it may take a few milliseconds.
   */
  decideNow?(candidate: Sruid, context: PolicyContext): boolean
  /**
   * Compares two tags in the policy's own order, for `Array.prototype.sort`. After the default was yanked, the highest of
   * `recentTags` is asked about first. Default: the order of semantic versions.
   */
  compare?(a: RevisionTag, b: RevisionTag): number
}

/** The policies that come with Waypost, by name. */
export const builtInPolicies = {
  /** The latest semantic version, pre-releases included. */
  'latest-semver': (candidate, { highestSemver }) =>
    isSemver(candidate.revisionTag) && isHighest(candidate.revisionTag, highestSemver),
  /** The latest semantic version that is not a pre-release. */
  'latest-stable': (candidate, { highestRelease }) =>
    isRelease(candidate.revisionTag) && isHighest(candidate.revisionTag, highestRelease),
  /**
   * The latest version by PEP 440, pre-releases included. The candidate is compared with all tags of the context, because
   * the highest of them may be older than the most recent tags.
   */
  'latest-pep440': ({ revisionTag }, { currentDefault, highestSemver, highestRelease, recentTags = [] }) => {
    const isAbove = (tag: RevisionTag | null) => tag !== null && comparePep440(tag, revisionTag) > 0
    return isPep440(revisionTag) && ![currentDefault, highestSemver, highestRelease, ...recentTags].some(isAbove)
  },
  /** No revision becomes the default unless its registration has `is_default` true. */
  manual: () => false,
} as const satisfies Record<string, DefaultPolicy>

export type BuiltInPolicyName = keyof typeof builtInPolicies

/** Returns the built-in policy with this name. */
export function builtInPolicy(name: BuiltInPolicyName): NamedPolicy {
  const decide = builtInPolicies[name]
  const named = { name, decide, decideNow: decide }
  return name === 'latest-pep440' ? { ...named, context: ['recentTags'], compare: comparePep440 } : named
}

/** Makes a policy of a function, with the name of the function. Throws if the function asks for an unknown fact. */
export function namedPolicy(decide: DefaultPolicy): NamedPolicy {
  const { name, context = [] } = decide
  const unknown = context.find((fact) => !extraFacts.includes(fact))
  if (unknown !== undefined) {
    const known = extraFacts.map((fact) => JSON.stringify(fact)).join(', ')
    throw new TypeError(
      `the context of the default policy has the unknown name ${JSON.stringify(unknown)}; use ${known}.`,
    )
  }
  return { name: name || 'defaultPolicy', context, decide }
}

/** Whether the policy asks for a fact that the registry has to read from the store. */
export function asksFor({ context = [] }: Pick<NamedPolicy, 'context'>, fact: ExtraFact): boolean {
  return context.includes(fact)
}

/** The module of a policy was loaded again after the facts for it were read, and now asks for others. */
export class AsksForOtherFacts extends Error {
  override readonly name = 'AsksForOtherFacts'
}
