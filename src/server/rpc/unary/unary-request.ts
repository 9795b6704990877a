import type { Logger } from '../../../telemetry/logger.ts'
import type { BoundMethod } from '../../call/method.ts'
import type { CallPipeline } from '../../call/pipeline.ts'
import type { BodyRules } from '../../http/body/body-reader.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Limits } from '../../limits.ts'
import type { JsonOptions } from '../message.ts'
import type { Deadlines } from './deadlines.ts'
import type { Wire } from './protocol.ts'
import type { GetQuery } from './query.ts'

/** The parts of a server that all unary calls share. */
export interface UnaryParts {
  readonly pipeline: CallPipeline
  readonly limits: Limits
  readonly log: Logger
  readonly deadlines: Deadlines
  readonly json: JsonOptions
  readonly bodyRules: { readonly bare: BodyRules; readonly enveloped: BodyRules }
}

/** The request of one call. */
export interface UnaryRequest {
  readonly method: BoundMethod
  readonly exchange: Exchange
  readonly wire: Wire
  /** The query of a Connect GET; undefined: the message is in the body. */
  readonly query: GetQuery | undefined
}
