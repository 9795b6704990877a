import type { Request } from './request.ts'

/** A request, sent by many clients at once for some time. */
export interface Load {
  readonly origin: string
  readonly request: Request
  readonly seconds: number
  /** For files that a tool has to be given. */
  readonly folder: string
  /** How long the body of an answer is, where all are of one length. */
  readonly answerBytes?: number
}

/** A program that makes load. */
export interface LoadTool {
  /** With its version and its settings, for the table. */
  readonly name: string
  /** Resolves with the answers a second. Rejects where a single one was an error, or none came. */
  run(load: Load): Promise<number>
}
