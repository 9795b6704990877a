import type { CallOptions } from './options.ts'
import type { RevisionEndpoint, RevisionSource, RevisionState } from './revision.ts'

/**
 * What every change takes.
 *
 * @example
 * const options: ChangeOptions = { requestId: crypto.randomUUID(), validateOnly: true }
 */
export interface ChangeOptions extends CallOptions {
  /** The name of the registry that it goes to. Default: the first. */
  readonly registry?: string | undefined
  /** Whether to answer what would happen, and change nothing. Default: false. */
  readonly validateOnly?: boolean | undefined
  /**
   * An id of the request: a change with the id of an earlier one of the service answers what that did, and changes nothing.
   * Default: a new one for each call, so that its tries are one change; none for a registration, which is a replay then.
   */
  readonly requestId?: string | undefined
}

/**
 * What a change of something that has an etag takes.
 *
 * @example
 * const { etag } = await client.get('my-org/my-service:1.2.9', { view: 'FULL' })
 * await client.restore('my-org/my-service:1.2.9', { etag } satisfies EtagOptions)
 */
export interface EtagOptions extends ChangeOptions {
  /** The etag that it must have; where it has another one the call rejects with `aborted`. Default: any. */
  readonly etag?: string | undefined
}

/**
 * What can be said of a revision.
 *
 * @example
 * const information: RevisionInformation = { labels: { tier: 'web' }, description: 'Answers in half the time.' }
 */
export interface RevisionInformation {
  /** Names and values to select revisions by: up to 64, with the grammar that Kubernetes has for labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Where the revision can be reached: up to 16, of up to 65,536 characters in all. The registry never calls it. */
  readonly endpoints?: readonly RevisionEndpoint[] | undefined
  /** What the revision is, for people: up to 4096 characters. */
  readonly description?: string | undefined
}

/**
 * The options of a registration.
 *
 * @example
 * await client.register('my-org/my-service:2.0.0-beta.1', { isDefault: false } satisfies RegisterOptions)
 */
export interface RegisterOptions extends ChangeOptions, RevisionInformation {
  /** True: the revision becomes the default. False: it does not. Absent: the registry's default policy decides. */
  readonly isDefault?: boolean | undefined
  /** What the revision was built from. */
  readonly source?: RevisionSource | undefined
}

/**
 * How much of a revision is answered.
 *
 * @example
 * const revision = await client.get('my-org/my-service', { view: 'FULL' } satisfies ViewOptions)
 */
export interface ViewOptions {
  /** `FULL`: also who registered it and when, its state, its etags, and its Pub/Sub topic. Default: `BASIC`. */
  readonly view?: 'BASIC' | 'FULL' | undefined
}

/**
 * What selects a revision beside its name, and what is answered of it.
 *
 * @example
 * const revision = await client.get('my-org/my-service', { versionRange: '^1.2' } satisfies GetOptions)
 */
export interface GetOptions extends CallOptions, ViewOptions {
  /** A range in the syntax of node-semver, up to 256 characters: its highest version that is not yanked. */
  readonly versionRange?: string | undefined
  /** Whether the range has all pre-releases that lie in it, not only those of versions that it names one of. */
  readonly includePrerelease?: boolean | undefined
  /** An alias of the service, such as `beta`. */
  readonly alias?: string | undefined
  /** What the labels must be, as in Kubernetes: `tier=web`, `tier in (web, api)`, `!tier`, with commas between them. */
  readonly labelSelector?: string | undefined
  /** Whether the answer says why it is this revision. */
  readonly explain?: boolean | undefined
}

/**
 * The options of a change of the default.
 *
 * @example
 * await client.setDefault('my-org/my-service:1.2.8', { reason: '1.2.9 answers too late' } satisfies DefaultOptions)
 */
export interface DefaultOptions extends EtagOptions {
  /** Why, for those who ask later: up to 1024 characters. */
  readonly reason?: string | undefined
}

/**
 * What an alias points to: one of the two.
 *
 * @example
 * const target: AliasTarget = { follows: '>=2.0.0-0', includePrerelease: true }
 */
export type AliasTarget =
  | {
      /** The tag of the revision that it stays with. */
      readonly revisionTag: string
    }
  | {
      /** The range that it follows. */
      readonly follows: string
      /** Whether it follows to pre-releases that the range does not name, too. */
      readonly includePrerelease?: boolean | undefined
    }

/**
 * The options of a deprecation.
 *
 * @example
 * await client.deprecate('my-org/my-service:1.2.9', { replacement: '1.3.0' } satisfies DeprecateOptions)
 */
export interface DeprecateOptions extends EtagOptions {
  /** What callers are told: up to 1024 characters. */
  readonly message?: string | undefined
  /** The tag of the revision to use instead. */
  readonly replacement?: string | undefined
}

/**
 * The options of a yank.
 *
 * @example
 * await client.yank('my-org/my-service:1.2.9', { ifDefault: 'CLEAR' } satisfies YankOptions)
 */
export interface YankOptions extends EtagOptions {
  /** Why, for those who still use it: up to 1024 characters. */
  readonly reason?: string | undefined
  /** What becomes of the default where it is this revision: `MOVE`, to what the policy chooses next, or `CLEAR`. */
  readonly ifDefault?: 'MOVE' | 'CLEAR' | undefined
}

/**
 * The options of a list, whose items come from pages that are asked for one after the other. Limits are those of each page.
 *
 * @example
 * for await (const namespace of client.listNamespaces({ pageSize: 1000 } satisfies ListOptions)) console.log(namespace)
 */
export interface ListOptions extends CallOptions {
  /** The name of the registry that is asked. Default: the first. */
  readonly registry?: string | undefined
  /** How many items a page has, at most: 1 to 1000. Default: 100. */
  readonly pageSize?: number | undefined
}

/**
 * Which services are listed.
 *
 * @example
 * const services = client.listServices({ prefix: 'my-org/' } satisfies ListServicesOptions)
 */
export interface ListServicesOptions extends ListOptions {
  /** What their text, `namespace/name`, begins with. Default: anything. */
  readonly prefix?: string | undefined
  /** What the labels of their default revision must be. Default: anything. */
  readonly labelSelector?: string | undefined
}

/**
 * Which revisions are listed, and in which order.
 *
 * @example
 * const revisions = client.listRevisions('my-org/my-service', { state: 'YANKED' } satisfies ListRevisionsOptions)
 */
export interface ListRevisionsOptions extends ListOptions, ViewOptions {
  /** What comes first: the last registered, or the highest version. Default: `NEWEST_FIRST`. */
  readonly order?: 'NEWEST_FIRST' | 'HIGHEST_VERSION_FIRST' | undefined
  /** The state that they are in. Default: any. */
  readonly state?: RevisionState | undefined
  /** What their labels must be. Default: anything. */
  readonly labelSelector?: string | undefined
}
