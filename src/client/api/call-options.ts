import type { RevisionInformation } from '../calls/information.ts'
import type { RevisionSource, RevisionState } from './answers.ts'
import type { AtOptions } from './history-point.ts'

/** The options that bound one call. */
export interface CallOptions {
  /**
   * How long the call may take, in whole milliseconds: 1 to 2,147,483,647. It bounds the whole call: getting a token,
   * every try, and every registry of a lookup. Default: the client's `timeoutMs`.
   */
  readonly timeoutMs?: number | undefined
  /**
   * Ends the call early. The call rejects at once with `canceled`, and the error's `cause` is the signal's reason. The
   * request is aborted unless other calls wait for the same answer. A change may still have been made.
   */
  readonly signal?: AbortSignal | undefined
}

/** The options of a call that reads from one registry. */
export interface ReadOptions extends CallOptions {
  /** The name of the registry to ask. Default: the first. */
  readonly registry?: string | undefined
}

/** The options that every change has. */
export interface ChangeOptions extends CallOptions {
  /** The name of the registry to change. Default: the first. */
  readonly registry?: string | undefined
  /** Whether to answer what the change would do, without making it. Default: false. */
  readonly validateOnly?: boolean | undefined
  /**
   * An id of the request: 1 to 128 letters, digits, `_`, `.`, `:` or `-`. If an earlier change of the service had the
   * same id and content, this one changes nothing and gets the first answer. Default: a new id for each call, so its
   * retries are the same change. A registration has no id by default, because registering again changes nothing anyway.
   */
  readonly requestId?: string | undefined
}

/** The options of a change to something that has an etag. */
export interface EtagOptions extends ChangeOptions {
  /**
   * The etag of the revision, service or alias that the call changes. If it is not the current one, the call rejects
   * with `aborted`. Default: the etag is not checked.
   */
  readonly etag?: string | undefined
}

/** The options of {@link RegistryClient.register}. */
export interface RegisterOptions extends ChangeOptions, RevisionInformation {
  /**
   * Whether the revision becomes the default of its service. If it is false, the default does not change. Default: the
   * registry's default policy decides.
   */
  readonly isDefault?: boolean | undefined
  /** The source that the revision was built from. */
  readonly source?: RevisionSource | undefined
}

/**
 * The changes that {@link Revisions.update} makes. A part that is given replaces this part of the revision, and an
 * empty part removes it. A part that is absent does not change.
 *
 * @example
 * const changes: RevisionChanges = { setLabels: { tier: 'web' }, removeLabels: ['canary'], description: '' }
 */
export interface RevisionChanges extends RevisionInformation {
  /** Labels to add or to change; the other labels stay. Not allowed together with `labels`. */
  readonly setLabels?: Readonly<Record<string, string>> | undefined
  /**
   * Names of labels to remove. A name that the revision does not have is ignored. Not allowed together with `labels`.
   */
  readonly removeLabels?: readonly string[] | undefined
}

/** The option that selects how much of a revision an answer contains. */
export interface ViewOptions {
  /**
   * `FULL` adds who registered the revision and when, its state, its etags, its Pub/Sub topic, and the generation and the
   * hash of its service. Default: `BASIC`.
   */
  readonly view?: 'BASIC' | 'FULL' | undefined
}

/** The options that select a revision of a service. */
export interface SelectionOptions {
  /**
   * A range in the syntax of node-semver, such as `^1.2`: up to 256 characters. It selects the highest version in the
   * range that is not yanked.
   */
  readonly versionRange?: string | undefined
  /**
   * Whether `versionRange` includes all pre-releases between its bounds. Default: false. The range then includes a
   * pre-release only if it names a pre-release of the same version: `>=2.0.0-beta.1` includes `2.0.0-rc.1`, but not
   * `2.1.0-rc.1`.
   */
  readonly includePrerelease?: boolean | undefined
  /** An alias of the service, such as `beta`. It is not empty, because an empty one would silently choose the default. */
  readonly alias?: string | undefined
  /**
   * Requirements that the labels of the revision must meet, in the syntax of Kubernetes, such as `tier=web`,
   * `tier in (web, api)` or `!tier`. Commas separate them. Up to 1024 characters. Default: no requirements.
   */
  readonly labelSelector?: string | undefined
}

/** The option that selects a candidate of a rollout. */
export interface TargetingOptions {
  /**
   * A text that identifies the caller for whom you ask, such as the id of a user: 1 to 256 characters without control
   * characters. While a rollout runs, it decides whether a lookup of the default gets the default or a candidate, and the
   * same key always gets the same revision. It has no effect on lookups by a tag, a range or an alias. Default: none, so
   * the lookup gets the default, or a candidate that everybody gets.
   */
  readonly targetingKey?: string | undefined
}

/**
 * The options of {@link RegistryClient.get}. At most one of a revision tag, `versionRange` and `alias` selects the
 * revision.
 */
export interface GetOptions extends CallOptions, ViewOptions, SelectionOptions, TargetingOptions, AtOptions {
  /** Whether the answer explains why it contains this revision. Default: false. */
  readonly explain?: boolean | undefined
}

/**
 * The options of {@link Defaults.set}, {@link Defaults.clear} and {@link History.revert}. The option `etag` is the etag of
 * the service.
 */
export interface DefaultOptions extends EtagOptions {
  /** The reason for the change, for people who ask later: up to 1024 characters. Default: none. */
  readonly reason?: string | undefined
}

/**
 * The target of an alias: one revision, or the highest version of a range.
 *
 * @example
 * const target: AliasTarget = { follows: '>=2.0.0-0', includePrerelease: true }
 */
export type AliasTarget =
  | {
      /** The tag of the revision that the alias is fixed to. */
      readonly revisionTag: string
    }
  | {
      /** The range that the alias follows, in the syntax of node-semver: up to 256 characters. */
      readonly follows: string
      /** See {@link SelectionOptions.includePrerelease}. Default: false. */
      readonly includePrerelease?: boolean | undefined
    }

/** The options of {@link Revisions.deprecate}. */
export interface DeprecateOptions extends EtagOptions {
  /** A message for callers: up to 1024 characters. Default: none. */
  readonly message?: string | undefined
  /**
   * The tag of the revision to use instead. It must be another revision of the service that is not yanked. Default:
   * none.
   */
  readonly replacement?: string | undefined
}

/** The options of {@link Revisions.yank}. */
export interface YankOptions extends EtagOptions {
  /** The reason, for people who still use the revision: up to 1024 characters. Default: none. */
  readonly reason?: string | undefined
  /**
   * How the default changes if this revision is the default. `MOVE`: the default policy chooses another revision.
   * `CLEAR`: the service has no default afterwards. Default: `MOVE`.
   */
  readonly ifDefault?: 'MOVE' | 'CLEAR' | undefined
}

/** The options of {@link Revisions.delete}. */
export interface DeleteOptions extends ChangeOptions {
  /** The current etag of the revision. {@link RegistryClient.get} returns it with `view: 'FULL'`. */
  readonly etag: string
}

/** The options of a list. Its items come in pages; `timeoutMs` bounds the request for each page. */
export interface ListOptions extends ReadOptions {
  /** The largest number of items in a page: 1 to 1000. Default: 100. */
  readonly pageSize?: number | undefined
}

/** The options of {@link Aliases.get} and {@link Aliases.list}. */
export interface ReadAliasOptions extends ReadOptions, AtOptions {}

/** The options of {@link Services.list}. */
export interface ListServicesOptions extends ListOptions {
  /** Lists only services whose `namespace/name` begins with this text, such as `my-org/`. Default: all services. */
  readonly prefix?: string | undefined
  /** Requirements that the labels of the default revision must meet. See {@link SelectionOptions.labelSelector}. */
  readonly labelSelector?: string | undefined
}

/** The options of {@link Revisions.list}. */
export interface ListRevisionsOptions extends ListOptions, ViewOptions, AtOptions {
  /** The order: the revision that was registered last comes first, or the highest version. Default: `NEWEST_FIRST`. */
  readonly order?: 'NEWEST_FIRST' | 'HIGHEST_VERSION_FIRST' | undefined
  /** Lists only revisions in this state. Default: all states. */
  readonly state?: RevisionState | undefined
  /** Requirements that the labels of the revisions must meet. See {@link SelectionOptions.labelSelector}. */
  readonly labelSelector?: string | undefined
}
