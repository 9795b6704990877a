import type { Request } from './request.ts'

/** A request that many clients send at once for some time. */
export interface Load {
  readonly origin: string
  readonly request: Request
  readonly seconds: number
  /** The number of connections. Default: 32, or 8 over HTTP/2. */
  readonly connections?: number
  /** Over HTTP/2, the number of requests at once in each connection. Default: 16. */
  readonly streams?: number
  /** A folder for the files that a tool reads. */
  readonly folder: string
  /** The length of the body of an answer in bytes, if all answers have the same length. */
  readonly answerBytes?: number
  /** Whether the server refuses all of these requests. Default: it must answer each of them with success. */
  readonly isRefused?: boolean
}

/** A program that generates load. */
export interface LoadTool {
  /** The name with the version and the settings, for the table. */
  readonly name: string
  /** Resolves with the answers a second. Rejects if an answer was an error, or if there was no answer. */
  run(load: Load): Promise<number>
}
