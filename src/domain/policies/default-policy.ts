import { isHighest } from '../head.ts'
import type { RevisionTag } from '../revision-tag.ts'
import type { Sruid } from '../sruid.ts'
import { isRelease, isSemver } from '../versions/revision-order.ts'

/** The facts that a policy gets about the service, from before the registration. */
export interface PolicyContext {
  /** The tag of the current default revision. Null: the service has no default. */
  readonly currentDefault: RevisionTag | null
  /** The highest semantic version that may be chosen, pre-releases included. Null if the service has none. */
  readonly highestSemver: RevisionTag | null
  /** The highest semantic version that may be chosen and is not a pre-release. Null if the service has none. */
  readonly highestRelease: RevisionTag | null
}

/**
 * Decides whether a new revision becomes the default of its service. The registry asks it only if the registration
 * leaves out `is_default`. It may ask more than once for one registration, if another writer changed the service in
 * between.
 */
export type DefaultPolicy = (candidate: Sruid, context: PolicyContext) => boolean | PromiseLike<boolean>

/** A policy and the name that errors and logs use for it. */
export interface NamedPolicy {
  readonly name: string
  /** See `DefaultPolicy`. The signal aborts if the answer takes longer than the policy's time limit. */
  decide(candidate: Sruid, context: PolicyContext, signal: AbortSignal): boolean | PromiseLike<boolean>
  /**
   * Decides as `decide` does, but at once. Only a policy has it that never throws and takes a few microseconds, because
   * other changes wait in the meantime.
   */
  decideNow?(candidate: Sruid, context: PolicyContext): boolean
}

/** The policies that come with Waypost, by name. */
export const builtInPolicies = {
  /** The latest semantic version, pre-releases included. */
  'latest-semver': (candidate, { highestSemver }) =>
    isSemver(candidate.revisionTag) && isHighest(candidate.revisionTag, highestSemver),
  /** The latest semantic version that is not a pre-release. */
  'latest-stable': (candidate, { highestRelease }) =>
    isRelease(candidate.revisionTag) && isHighest(candidate.revisionTag, highestRelease),
  /** No revision becomes the default unless its registration has `is_default` true. */
  manual: () => false,
} as const satisfies Record<string, DefaultPolicy>

export type BuiltInPolicyName = keyof typeof builtInPolicies

/** Returns the built-in policy with this name. */
export function builtInPolicy(name: BuiltInPolicyName): NamedPolicy {
  const decide = builtInPolicies[name]
  return { name, decide, decideNow: decide }
}
