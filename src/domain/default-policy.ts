import { isHighest } from './head.ts'
import type { RevisionTag } from './revision-tag.ts'
import type { Sruid } from './sruid.ts'
import { isRelease, isSemver } from './versions/revision-order.ts'

/** What a policy may know of the service, as it is before the registration. */
export interface PolicyContext {
  /** The tag of the current default revision; null where the service has none. */
  readonly currentDefault: RevisionTag | null
  /** The highest semantic version registered so far, default or not, pre-releases included. */
  readonly highestSemver: RevisionTag | null
  /** The highest semantic version registered so far that is not a pre-release. */
  readonly highestRelease: RevisionTag | null
}

/**
 * Decides whether a revision that is being registered becomes the default of its service. Asked only where the
 * registration itself does not say. May be asked more than once for one registration, when another writer was faster.
 */
export type DefaultPolicy = (candidate: Sruid, context: PolicyContext) => boolean | PromiseLike<boolean>

/** A policy with the name that errors and logs call it by. */
export interface NamedPolicy {
  readonly name: string
  /** As `DefaultPolicy`. The signal aborts if the answer takes longer than the time limit of the policy. */
  decide(candidate: Sruid, context: PolicyContext, signal: AbortSignal): boolean | PromiseLike<boolean>
}

/** The policies that come with Waypost, by name. */
export const builtInPolicies = {
  /** The latest semantic version, pre-releases included. */
  'latest-semver': (candidate, { highestSemver }) =>
    isSemver(candidate.revisionTag) && isHighest(candidate.revisionTag, highestSemver),
  /** The latest semantic version that is not a pre-release. */
  'latest-stable': (candidate, { highestRelease }) =>
    isRelease(candidate.revisionTag) && isHighest(candidate.revisionTag, highestRelease),
  /** Nothing becomes the default unless its registration says so. */
  manual: () => false,
} as const satisfies Record<string, DefaultPolicy>

export type BuiltInPolicyName = keyof typeof builtInPolicies

/** The built-in policy of that name. */
export function builtInPolicy(name: BuiltInPolicyName): NamedPolicy {
  return { name, decide: builtInPolicies[name] }
}
