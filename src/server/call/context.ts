import type { Caller } from '../../registry/core/caller.ts'
import type { Logger } from '../../telemetry/logger.ts'

/** The metadata of a call, for services that look at them. */
export interface CallMetadata {
  /** The HTTP method, in capitals. */
  readonly httpMethod: string
  /** The whole URL of the request. */
  readonly url: string
  readonly requestHeaders: Headers
  readonly responseHeaders: Headers
  readonly responseTrailers: Headers
}

/** Everything that is known of one call beside its message. The codec of its protocol makes it. */
export interface CallContext extends Caller {
  /** When the caller stops waiting, in milliseconds since 1970 (UTC); undefined: it did not say. */
  readonly deadline: number | undefined
  /** The caller's place in a distributed trace: the header `traceparent` of W3C Trace Context; undefined: it sent none. */
  readonly trace: string | undefined
  readonly log: Logger
  readonly metadata: CallMetadata
}
