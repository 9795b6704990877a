import { fieldError, quote } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Observation } from '../../telemetry/requests/observation.ts'
import type { Admitted } from '../call/context.ts'
import type { CallPipeline, IncomingCall, ResponseFields } from '../call/pipeline.ts'
import { readPlainBody } from '../http/body/read-body.ts'
import { etagOf } from '../http/entity-tag.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Limits } from '../limits.ts'
import { RestContext } from '../rest/rest-context.ts'
import { type EvaluationRequest, parseEvaluationRequest } from './evaluation-request.ts'
import type { OfrepPayload } from './ofrep-answer.ts'

/** The parts of a server that every call needs. */
export interface OfrepParts {
  readonly pipeline: CallPipeline
  readonly limits: Limits
  readonly log: Logger
}

/** One evaluation, of the flag in the path or of those that its context names. */
export class OfrepCall implements IncomingCall<OfrepPayload> {
  readonly source: Exchange
  readonly encoding = 'ofrep'
  /** A `POST`, because the context may be large. It changes nothing. */
  readonly isReadOnly = true
  readonly #parts: OfrepParts
  readonly #encodedKey: string | undefined

  /** @param encodedKey The flag in the path, still percent-encoded. Undefined: the context names the flags. */
  constructor(parts: OfrepParts, exchange: Exchange, encodedKey: string | undefined) {
    this.#parts = parts
    this.source = exchange
    this.#encodedKey = encodedKey
  }

  get name(): string {
    return this.#encodedKey === undefined ? 'EvaluateFlags' : 'EvaluateFlag'
  }

  get observation(): Observation | undefined {
    return this.source.observation
  }

  /** The flag in the path, as text. Undefined: the context names the flags. */
  get key(): string | undefined {
    return percentDecode(this.#encodedKey) ?? this.#encodedKey
  }

  toContext(caller: Admitted): RestContext {
    return new RestContext(this.source, caller, this.#parts.log)
  }

  async read(): Promise<EvaluationRequest> {
    const key = percentDecode(this.#encodedKey)
    if (key === undefined && this.#encodedKey !== undefined) throw brokenKey(this.#encodedKey)
    return parseEvaluationRequest(await readPlainBody(this.source, this.#parts.limits), key)
  }

  encode(response: ResponseFields): OfrepPayload {
    const json = JSON.stringify(response)
    return { json, etag: this.#encodedKey === undefined ? etagOf(json) : undefined }
  }
}

// Undefined: the text has broken percent-encoding.
function percentDecode(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function brokenKey(key: string) {
  const description = `key ${quote(key)} has broken percent-encoding in the path; write a percent sign as %25.`
  return fieldError('INVALID_REQUEST', 'key', description)
}
