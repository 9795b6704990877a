import type { RegistryError } from '../../domain/errors.ts'
import { challengeOf } from '../call/challenge.ts'
import { retryAfterS, toHttpStatus } from '../call/wire-errors.ts'
import { isKnownEtag } from '../http/entity-tag.ts'
import type { Exchange } from '../http/exchange.ts'
import { JSON_HEADERS } from '../http/send.ts'
import { toFlagFailure } from './failure.ts'

/** An answer that succeeded. */
export interface OfrepPayload {
  readonly json: string
  /** The `ETag` of a bulk evaluation, which clients ask for again and again. Undefined: it is the answer of one flag. */
  readonly etag: string | undefined
}

/** Answers an evaluation that succeeded. The answer is 304 if the client already has it. */
export function sendEvaluated(exchange: Exchange, { json, etag }: OfrepPayload): void {
  if (etag === undefined) exchange.send({ status: 200, headers: JSON_HEADERS, body: json })
  else if (isKnownEtag(exchange.headers['if-none-match'], etag)) exchange.send({ status: 304, headers: { etag } })
  else exchange.send({ status: 200, headers: { ...JSON_HEADERS, etag }, body: json })
}

/** Answers an evaluation that failed. `key` is its flag; undefined: it was a bulk evaluation. */
export function sendFailure(exchange: Exchange, key: string | undefined, error: RegistryError): void {
  const seconds = retryAfterS(error)
  const challenge = challengeOf(error)
  exchange.send({
    status: toHttpStatus(error),
    headers: {
      ...JSON_HEADERS,
      'waypost-reason': error.reason,
      ...(seconds !== undefined && { 'retry-after': `${seconds}` }),
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
    },
    body: JSON.stringify(toFlagFailure(error, key)),
  })
}
