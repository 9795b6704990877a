import type { CallerAccess } from '../../domain/access/access-control.ts'
import type { Principal } from '../../domain/access/principal.ts'
import type { Caller } from '../../registry/core/caller.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Exchange } from '../http/exchange.ts'

/** The metadata of a call. */
export interface CallMetadata {
  /** The HTTP method, in capitals. */
  readonly httpMethod: string
  /** The whole URL of the request. */
  readonly url: string
  readonly requestHeaders: Headers
  readonly responseHeaders: Headers
  readonly responseTrailers: Headers
}

/** A caller that may make its call. */
export interface Admitted {
  /** The actor of every entry that the call appends. */
  readonly principal: Principal
  readonly access: CallerAccess
}

/** All facts about a call except its message. The codec of its protocol makes the context. */
export interface CallContext extends Caller {
  /** The time when the caller stops waiting, in milliseconds since 1970 (UTC); undefined: it set no deadline. */
  readonly deadline: number | undefined
  /**
   * The caller's place in a distributed trace: the header `traceparent` of W3C Trace Context; undefined: it sent none.
   */
  readonly trace: string | undefined
  readonly log: Logger
  /** Undefined: the call did not come over HTTP. */
  readonly exchange: Exchange | undefined
  readonly metadata: CallMetadata
}
