import type { KnownReason } from '../../../src/domain/reasons.ts'

/** A call that succeeds. Keys are those of the API. */
export interface CallExample {
  readonly summary: string
  /** Every field that is given, those of the path included. */
  readonly request: Readonly<Record<string, unknown>>
  /** Default: 200. */
  readonly status?: number
  readonly answer: Readonly<Record<string, unknown>>
}

/** The body of an error over REST. */
export interface ErrorExample {
  /** The text for people. */
  readonly error: string
  /** The fields that are at fault, if any are. */
  readonly fields?: readonly string[]
}

/** The examples of an operation. */
export interface OperationExamples {
  /** The calls that succeed, by a key that is unique in the operation. */
  readonly calls: Readonly<Record<string, CallExample>>
  /** Reasons of the method that this path does not have. */
  readonly never?: readonly KnownReason[]
  /** Errors whose example differs from that of other operations. */
  readonly errors?: Partial<Record<KnownReason, ErrorExample>>
}
