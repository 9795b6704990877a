/**
 * A revision of a service, as the registry answers with it. What was not said of the revision is not there; the last five
 * only where `view: 'FULL'` was asked for.
 *
 * @example
 * const { revisionTag, isDefault, endpoints = [] }: ServiceRevision = await client.get('my-org/my-service')
 */
export interface ServiceRevision {
  /** Such as `my-org`. */
  readonly namespace: string
  /** Such as `my-service`. */
  readonly name: string
  /** Such as `1.2.9`. */
  readonly revisionTag: string
  /** Whether it is the default revision of its service. */
  readonly isDefault: boolean
  /** Names and values to select revisions by. */
  readonly labels?: Readonly<Record<string, string>>
  /** Where it can be reached. */
  readonly endpoints?: readonly RevisionEndpoint[]
  /** What it is, for people. */
  readonly description?: string
  /** What it was built from. */
  readonly source?: RevisionSource
  /** Where it is in its life. Absent where it is `ACTIVE`, but for `view: 'FULL'`. */
  readonly state?: RevisionState
  /** Why it is `DEPRECATED`. */
  readonly deprecation?: RevisionDeprecation
  /** Why it is `YANKED`: the reason that was given, which may be empty. */
  readonly yank?: { readonly reason: string }
  /** Why it is this one, where `explain` was asked for. */
  readonly explanation?: RevisionExplanation
  /** When it was registered. */
  readonly registerTime?: Date
  /** Who registered it. */
  readonly registeredBy?: string
  /** Changes whenever the revision does, but for `isDefault`. */
  readonly etag?: string
  /** Changes whenever the default, an alias or the highest versions of the service do. */
  readonly serviceEtag?: string
  /** The id of its Google Pub/Sub topic as the Octue SDK names it. Absent where that is too long to be one. */
  readonly pubSubTopic?: string
}

/**
 * Where a revision is in its life.
 *
 * @example
 * const state: RevisionState = 'DEPRECATED'
 */
export type RevisionState = 'ACTIVE' | 'DEPRECATED' | 'YANKED'

/**
 * Where a revision can be reached.
 *
 * @example
 * const endpoint: RevisionEndpoint = { protocol: 'grpc', uri: 'https://my-service.example.com' }
 */
export interface RevisionEndpoint {
  /** What is spoken there, such as `grpc` or `https`: 1 to 63 of `a-z`, `0-9`, `+`, `.` or `-`. */
  readonly protocol: string
  /** The URI, with its scheme: up to 2048 characters. */
  readonly uri: string
  /** Whatever a caller needs beside that: up to 32 names of up to 63 characters, with values of up to 1024. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * What a revision was built from.
 *
 * @example
 * const source: RevisionSource = { commit: '0a1b2c3d', imageDigest: 'sha256:0a1b2c3d' }
 */
export interface RevisionSource {
  /** The repository of the source code, such as its URL: up to 2048 characters. */
  readonly repository?: string
  /** The commit: up to 128 characters. */
  readonly commit?: string
  /** The digest of the image: up to 255 characters. */
  readonly imageDigest?: string
}

/**
 * Why a revision is deprecated.
 *
 * @example
 * const { replacement }: RevisionDeprecation = { message: 'It answers too late.', replacement: '1.3.0' }
 */
export interface RevisionDeprecation {
  /** What callers are told; it may be empty. */
  readonly message: string
  /** The tag of the revision to use instead. */
  readonly replacement?: string
}

/**
 * Why a caller got a revision.
 *
 * @example
 * const { explanation } = await client.get('my-org/my-service', { explain: true })
 * const lines = explanation?.rejected.map(({ revisionTag, reason }) => `${revisionTag}: ${reason}`)
 */
export interface RevisionExplanation {
  /** What decided: `DEFAULT_BY_POLICY`, `DEFAULT_BY_HAND`, `VERSION_RANGE`, `ALIAS_FOLLOWS` and others. */
  readonly rule: string
  /** The same as a sentence for people. */
  readonly description: string
  /** The best that were not chosen: those that the rule passed over, then those above them that it does not have. */
  readonly rejected: readonly { readonly revisionTag: string; readonly reason: string }[]
}

/**
 * What a registration answers.
 *
 * @example
 * const { revision, replayed }: RegisterResult = await client.register('my-org/my-service:1.2.9')
 */
export interface RegisterResult {
  /** The revision as it is stored. */
  readonly revision: ServiceRevision
  /**
   * Whether the revision was registered before, with the same content, so that nothing changed. Also true where this very
   * call stored it, lost the answer, and tried again.
   */
  readonly replayed: boolean
}

/**
 * What a yank answers.
 *
 * @example
 * const { defaultRevisionTag }: YankResult = await client.yank('my-org/my-service:1.2.9', { reason: 'It loses data.' })
 */
export interface YankResult {
  /** The revision as it is now. */
  readonly revision: ServiceRevision
  /** The tag of the default revision of its service as it is now; undefined: there is none. */
  readonly defaultRevisionTag: string | undefined
}

/**
 * A service: what its revisions have in common.
 *
 * @example
 * const { defaultRevisionTag, etag }: ServiceSummary = await client.setDefault('my-org/my-service:1.2.9')
 */
export interface ServiceSummary {
  /** Such as `my-org`. */
  readonly namespace: string
  /** Such as `my-service`. */
  readonly name: string
  /** The tag of the default revision; absent: there is none. */
  readonly defaultRevisionTag?: string
  /** The highest semantic version that is not yanked. */
  readonly highestVersion?: string
  /** The highest one that is not a pre-release. */
  readonly highestRelease?: string
  /** How many revisions it has. */
  readonly revisionCount: number
  /** Changes whenever the default, an alias or the highest versions do. */
  readonly etag: string
}

/**
 * Another name for a revision of a service.
 *
 * @example
 * const beta: ServiceAlias = await client.setAlias('my-org/my-service', 'beta', { follows: '>=2.0.0-0' })
 */
export interface ServiceAlias {
  /** Such as `beta`. */
  readonly alias: string
  /** The tag of the revision that it points to; absent: it follows a range in which there is none. */
  readonly revisionTag?: string
  /** The range that it follows; absent: it stays with its revision. */
  readonly follows?: string
  /** Whether it follows to pre-releases that the range does not name, too. */
  readonly includePrerelease: boolean
  /** Changes whenever the alias does. */
  readonly etag: string
}

/**
 * What the default policy says of a revision.
 *
 * @example
 * const { becomesDefault }: PolicyDecision = await client.testPolicy('my-org/my-service:2.0.0-rc.1')
 */
export interface PolicyDecision {
  /** The name of the policy. */
  readonly policy: string
  /** Whether it would make the revision the default. */
  readonly becomesDefault: boolean
  /** What it was told: the tag of the current default. */
  readonly currentDefault?: string
  /** What it was told: the highest semantic version. */
  readonly highestVersion?: string
  /** What it was told: the highest one that is not a pre-release. */
  readonly highestRelease?: string
}
