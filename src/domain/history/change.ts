import type { AliasName } from '../alias.ts'
import type { LogEvent } from '../entries/events.ts'

/** A value before and after a change. Null: the field has no value. */
export interface Difference {
  /** Such as `default`, `aliases.stable`, `rollout.2.0.0`, `state` or `labels.tier`. */
  readonly field: string
  readonly before: string | null
  readonly after: string | null
}

/** An entry of the log of a service, for people. */
export interface Change {
  readonly generation: number
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  /** Empty: the caller may not see it. */
  readonly actor: string
  readonly event: LogEvent
  /** Empty: none was given, or the caller may not see it. */
  readonly reason: string
  /** Empty: the request had none, or the caller may not see it. */
  readonly requestId: string
  /** Empty: the change is about the service as a whole. */
  readonly revisionTag: string
  readonly alias: AliasName | null
  readonly differences: readonly Difference[]
}
