/**
 * A state of a service in its history. A time selects the state after the last change whose time is not later. The times
 * come from the clocks of the servers that wrote the changes, so only a question by generation always gets the same answer.
 *
 * @example
 * const point: HistoryPoint = { time: '2026-11-24T12:00:00Z' }
 */
export type HistoryPoint =
  | {
      /**
       * The time: a `Date`, or a text in the format of RFC 3339, such as `2026-11-24T12:00:00Z`. Digits below a
       * millisecond are ignored. It must not be in the future.
       */
      readonly time: Date | string
    }
  | {
      /** The generation of the service: a whole number of at least 1. Its first change has the generation 1. */
      readonly generation: number
    }

/** The option that reads an earlier state of a service. */
export interface AtOptions {
  /**
   * The state for which to answer. The call rejects with `not_found` and the reason `STATE_NOT_FOUND` if the service
   * does not have it. Default: the newest state.
   */
  readonly at?: HistoryPoint | undefined
}
