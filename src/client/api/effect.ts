/**
 * The effect of a change on the callers of a service. An answer contains it if the change was only validated, and otherwise if
 * something moves or there is a warning.
 */
export interface ChangeEffect {
  /** The default before and after the change. Absent if the change does not move the default. */
  readonly defaultRevision?: RevisionMove
  /** The aliases that point to another revision after the change, in the order of their names. */
  readonly aliases: readonly AliasMove[]
  /**
   * How many of 100,000 callers who ask for the default get another revision after the change. Callers with pinned keys
   * do not count. If the salt of a rollout changes, it is the expected number.
   */
  readonly moved: number
  /** Consequences of the change that are easily overlooked, as sentences for people. */
  readonly warnings: readonly string[]
}

/** A revision before and after a change. */
export interface RevisionMove {
  /** The tag before the change. Absent if there was no revision. */
  readonly before?: string
  /** The tag after the change. Absent if there is no revision. */
  readonly after?: string
}

/** An alias before and after a change. */
export interface AliasMove extends RevisionMove {
  /** The name of the alias. */
  readonly alias: string
}

/** The answer of {@link Revisions.delete} and {@link Aliases.delete}. */
export interface DeleteResult {
  /** The effect of the change. Absent if nothing moves. */
  readonly effect?: ChangeEffect
}
