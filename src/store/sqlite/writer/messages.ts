import type { Form } from '../../forms/stored-entry.ts'
import type { KnownFiles } from '../file-identity.ts'
import type { RowValues } from '../row-writer.ts'

/** The settings of the writer's thread. */
export interface WriterSettings {
  readonly path: string
  readonly files: KnownFiles
}

/** Rows of one service to insert together, in their order. */
export interface Append {
  readonly sequence: number
  readonly form: Form
  readonly rows: readonly RowValues[]
  /** The time of `monotonicMs` until which the append may wait while another process holds the lock. */
  readonly waitsUntil: number
}

/** A message to the writer: appends, or the request to finish them and to end. */
export type ToWriter = readonly Append[] | 'close'

/** The answer to one append. */
export type Answer = { readonly sequence: number } & (
  | { readonly written: number }
  /** The file is written in another form. Nothing was inserted. */
  | { readonly form: Form }
  | { readonly failure: Failure }
)

/** An error, without the parts that cannot be sent to another thread. */
export interface Failure {
  readonly message: string
  /** The code of SQLite; undefined for any other error. */
  readonly errcode: number | undefined
}

/** A message of the writer: answers, or the problem with the files of the store. It writes nothing after a problem. */
export type FromWriter = readonly Answer[] | { readonly lost: string }

/** Milliseconds of a clock that never jumps, and that all threads share. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1e6
}

/** The parts of an error that can be sent to another thread. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), errcode: undefined }
  return { message: error.message, errcode: 'errcode' in error ? Number(error.errcode) : undefined }
}

/** The error of another thread. */
export function fromFailure({ message, errcode }: Failure): Error {
  return Object.assign(new Error(message), errcode !== undefined && { errcode })
}
