import type { ErrorReason } from '../../src/domain/errors.ts'

/** A call that succeeds. Keys as in the API. */
export interface CallExample {
  readonly summary: string
  /** Every field that is given, those of the path included. */
  readonly request: Readonly<Record<string, unknown>>
  readonly answer: Readonly<Record<string, unknown>>
}

/** A status of success: when it comes, and calls that are answered so, by a key that is unique in the method. */
export interface SuccessText {
  readonly description: string
  readonly examples: Readonly<Record<string, CallExample>>
}

/** The words for a method. */
export interface MethodText {
  readonly summary: string
  readonly description: string
  /** By status. */
  readonly successes: Readonly<Record<number, SuccessText>>
  /** The reasons that this method has beside those that every route has. */
  readonly errors: readonly ErrorReason[]
  /** The reasons that every route has but this one. */
  readonly errorsNotHere?: readonly ErrorReason[]
  /** What errors say here, where that differs from what they say elsewhere. */
  readonly errorExamples?: Partial<Record<ErrorReason, string>>
}
