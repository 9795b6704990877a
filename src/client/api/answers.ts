import type { RevisionInformation } from '../calls/information.ts'
import type { ChangeEffect } from './effect.ts'

/**
 * A revision of a service, as the registry answers it. A property is absent if the registry has no value for it. The
 * last seven are present only with `view: 'FULL'`, and `generation` also with `at`.
 */
export interface ServiceRevision extends RevisionInformation {
  /** The namespace of the service, such as `my-org`. */
  readonly namespace: string
  /** The name of the service, such as `my-service`. */
  readonly name: string
  /** The tag of the revision, such as `1.2.9`. */
  readonly revisionTag: string
  /** Whether the revision is the default of its service. */
  readonly isDefault: boolean
  /** The source that the revision was built from. */
  readonly source?: RevisionSource
  /**
   * `YANKED` if the revision has a `yank`, else `DEPRECATED` if it has a `deprecation`, else `ACTIVE`. `ACTIVE` is
   * present only with `view: 'FULL'`.
   */
  readonly state?: RevisionState
  /** Why the revision is deprecated. Present if it is deprecated, even if it is also yanked. */
  readonly deprecation?: RevisionDeprecation
  /** Why the revision is yanked. Present if it is yanked, even if it is also deprecated. */
  readonly yank?: RevisionYank
  /** Why the call got this revision. Present if the call had `explain`. */
  readonly explanation?: RevisionExplanation
  /** The effect of the change on callers. Only answers to changes contain it. See {@link ChangeEffect}. */
  readonly effect?: ChangeEffect
  /**
   * Whether the default policy was not asked about the revision, because a rollout runs. Present only in the answer to a
   * registration without `isDefault`, if it is true.
   */
  readonly heldByRollout?: boolean
  /** When the revision was registered. */
  readonly registerTime?: Date
  /**
   * The name of the caller that registered the revision. Present only if you have the permission `register`, `manage`,
   * `delete` or `admin` on the service.
   */
  readonly registeredBy?: string
  /** Changes whenever any property of the revision except `isDefault` changes. */
  readonly etag?: string
  /** The etag of the service. Changes whenever its default, an alias, its rollout or its highest versions change. */
  readonly serviceEtag?: string
  /** The id of the revision's Google Pub/Sub topic as the Octue SDK names it. Absent if the id would be too long. */
  readonly pubSubTopic?: string
  /** The generation of the service for which the registry answered: the number of its changes so far. */
  readonly generation?: number
  /**
   * The hash of the newest change at that generation, in base64url. It covers all changes before it. Absent if an old
   * version of Waypost wrote the change.
   */
  readonly serviceHash?: string
}

/** The state of a revision. */
export type RevisionState = 'ACTIVE' | 'DEPRECATED' | 'YANKED'

/** The source that a revision was built from. */
export interface RevisionSource {
  /** The repository of the source code, such as its URL: up to 2048 characters. */
  readonly repository?: string | undefined
  /** The commit of the source code: up to 128 characters. */
  readonly commit?: string | undefined
  /** The digest of the container image, such as `sha256:0a1b2c…`: up to 255 characters. */
  readonly imageDigest?: string | undefined
}

/** Why a revision is deprecated. */
export interface RevisionDeprecation {
  /** The message for callers. It may be empty. */
  readonly message: string
  /** The tag of the revision to use instead. */
  readonly replacement?: string
}

/** Why a revision is yanked. */
export interface RevisionYank {
  /** The reason that was given. It may be empty. */
  readonly reason: string
}

/** Why a call got a revision. */
export interface RevisionExplanation {
  /**
   * The rule that decided: `DEFAULT_BY_POLICY`, `DEFAULT_BY_REGISTRATION`, `DEFAULT_BY_HAND`, `DEFAULT_BY_IMPORT`,
   * `DEFAULT_AFTER_YANK`, `DEFAULT_BEFORE_RULES`, `DEFAULT_BY_PROMOTION`, `DEFAULT_BY_REVERT`, `ROLLOUT_PINNED`,
   * `ROLLOUT_BUCKET`, `REVISION_TAG`, `VERSION_RANGE`, `ALIAS_FIXED` or `ALIAS_FOLLOWS`. A newer registry may have other
   * rules.
   */
  readonly rule: string
  /** The rule as a sentence for people. */
  readonly description: string
  /**
   * The highest versions that were not chosen: up to 5 that the rule passed over, then up to 5 to which it does not
   * apply.
   */
  readonly rejected: readonly RevisionRejection[]
  /** The generation of the service at which the registry chose the revision. */
  readonly generation?: number
  /** The hash of the newest change of the service at that generation, in base64url. */
  readonly serviceHash?: string
}

/** A revision that was not chosen. */
export interface RevisionRejection {
  /** The tag of the revision. */
  readonly revisionTag: string
  /** Why it was not chosen, as a sentence for people. */
  readonly reason: string
}

/** The answer of {@link RegistryClient.register}. */
export interface RegisterResult {
  /** The revision as it is stored. */
  readonly revision: ServiceRevision
  /**
   * Whether the revision was already registered with the same content. Nothing changes then. It is also true if this
   * call stored the revision, lost the answer, and tried again.
   */
  readonly replayed: boolean
}

/** The answer of {@link Revisions.yank}. */
export interface YankResult {
  /** The revision after the change. */
  readonly revision: ServiceRevision
  /** The tag of the default revision of the service after the change. Undefined if the service has no default. */
  readonly defaultRevisionTag: string | undefined
}

/** A service, with its default revision and its highest versions. */
export interface ServiceSummary {
  /** The namespace of the service, such as `my-org`. */
  readonly namespace: string
  /** The name of the service, such as `my-service`. */
  readonly name: string
  /** The tag of the default revision. Absent if the service has no default. */
  readonly defaultRevisionTag?: string
  /** The highest semantic version that is not yanked. It may be a pre-release. Absent if the service has no such version. */
  readonly highestVersion?: string
  /** The highest semantic version that is neither yanked nor a pre-release. Absent if the service has no such version. */
  readonly highestRelease?: string
  /** The number of revisions that the service has. */
  readonly revisionCount: number
  /** Changes whenever an alias or the rollout of the service changes, or any property except `revisionCount`. */
  readonly etag: string
  /** The effect of the change on callers. Only answers to changes contain it. See {@link ChangeEffect}. */
  readonly effect?: ChangeEffect
}

/** Another name for a revision of a service. */
export interface ServiceAlias {
  /** The name of the alias, such as `beta`. */
  readonly alias: string
  /**
   * The tag of the revision that the alias points to. Absent if the alias follows a range that contains no revision.
   */
  readonly revisionTag?: string
  /** The range that the alias follows. Absent if the alias is fixed to its revision. */
  readonly follows?: string
  /** Whether the range that the alias follows includes all pre-releases between its bounds. */
  readonly includePrerelease: boolean
  /** Changes whenever the alias changes, even if it moved because a revision was registered or yanked. */
  readonly etag: string
  /** The generation of the service for which the registry answered. Present only in answers of {@link Aliases.get} with `at`. */
  readonly generation?: number
  /** The effect of the change on callers. Only answers to changes contain it. See {@link ChangeEffect}. */
  readonly effect?: ChangeEffect
}

/** The answer of {@link Defaults.testPolicy}. */
export interface PolicyDecision {
  /** The name of the policy. */
  readonly policy: string
  /** Whether the policy would make the revision the default. */
  readonly becomesDefault: boolean
  /** The tag of the current default, as the policy sees it. Absent if the service has no default. */
  readonly currentDefault?: string
  /** The highest semantic version, as the policy sees it. Absent if the service has no version. */
  readonly highestVersion?: string
  /** The highest semantic version that is not a pre-release, as the policy sees it. Absent if the service has no such version. */
  readonly highestRelease?: string
  /**
   * The tags of the revisions that were registered last and are not yanked, the newest first: up to 1,000. Present only if
   * the policy asks for them.
   */
  readonly recentTags?: readonly string[]
}
