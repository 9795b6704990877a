import { create, type Message, toJsonString } from '@bufbuild/protobuf'
import { NOT_FOUND, RegistryError } from '../../domain/errors.ts'
import type { KnownReason } from '../../domain/reasons.ts'
import { challengeOf } from '../call/challenge.ts'
import { keptRefusal } from '../call/kept-refusals.ts'
import type { ResponseFields, Served } from '../call/pipeline.ts'
import { retryAfterS, toHttpStatus } from '../call/wire-errors.ts'
import { etagOf, isKnownEtag } from '../http/entity-tag.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { JSON_HEADERS } from '../http/send.ts'
import { encodeList, listOf } from './rest-list.ts'
import type { RestRoute } from './routes.ts'

/** An answer that succeeded. */
export interface RestPayload {
  readonly headers: Readonly<Record<string, string>>
  /** As text if it is small: Node then sends it together with the headers. */
  readonly json: string | Buffer
  /** The `ETag` of a read; undefined: the answer belongs to a change. */
  readonly etag: string | undefined
}

/** Encodes an answer. Returns a promise if it is a list, which may take several turns of the event loop. */
export function encodeAnswer(route: RestRoute, response: ResponseFields): RestPayload | Promise<RestPayload> {
  const message = create(route.method.output, response)
  const list = listOf(route.method.output)
  if (list === undefined) return toPayload(route, encode(route, message))
  return encodeList(route.method.output, message, list).then((json) => toPayload(route, json))
}

function toPayload(route: RestRoute, json: string | Buffer): RestPayload {
  if (route.verb !== 'GET') return { headers: JSON_HEADERS, json, etag: undefined }
  const etag = etagOf(json)
  return { headers: { ...JSON_HEADERS, etag, ...varyOf(route) }, json, etag }
}

// These headers replace the one that the rules of foreign origins have set, so the text names the origin, too.
function varyOf({ isTargeted }: Pick<RestRoute, 'isTargeted'>): { readonly vary?: string } {
  return isTargeted ? { vary: 'Origin, Waypost-Targeting-Key' } : {}
}

/** Answers a call that succeeded. The answer to a read is 304 if the client already has it. */
export function sendServed(exchange: Exchange, { payload, httpStatus }: Served<RestPayload>): void {
  const { headers, json, etag } = payload
  if (etag !== undefined && isKnownEtag(exchange.headers['if-none-match'], etag)) {
    const { vary } = headers
    exchange.send({ status: 304, headers: { etag, ...(vary !== undefined && { vary }) } })
  } else exchange.send({ status: httpStatus, headers, body: json })
}

/** Answers a call that failed. */
export function sendFailure(exchange: Exchange, route: RestRoute, error: RegistryError): void {
  exchange.send(keptRefusal(error, REST, () => toAnswer(exchange, route, error)))
}

/** The form of the answers that `keptRefusal` keeps. */
const REST = {}

function toAnswer(exchange: Exchange, route: RestRoute, error: RegistryError): Answer {
  const shown = route.verb === 'GET' ? toNotFound(error, route) : error
  const usedIfMatch = exchange.headers['if-match'] !== undefined
  const status = usedIfMatch && shown.reason === 'ETAG_MISMATCH' ? 412 : toHttpStatus(shown)
  const seconds = retryAfterS(shown)
  const challenge = challengeOf(shown)
  const text = isServiceMissing(shown) ? NOT_FOUND : shown.message
  return {
    status,
    headers: {
      ...JSON_HEADERS,
      'waypost-reason': shown.reason,
      ...(shown.code === 'not_found' && varyOf(route)),
      ...(seconds !== undefined && { 'retry-after': `${seconds}` }),
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
    },
    body: JSON.stringify({ error: text, ...(hasOneKey(shown) ? {} : factsOf(shown)) }),
  }
}

function factsOf({ reason, fieldViolations, metadata }: RegistryError): object {
  return {
    reason,
    ...(fieldViolations.length > 0 && { fields: fieldViolations }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

// Clients of the contract compare these two bodies, and that of 405, as a whole.
function hasOneKey(error: RegistryError): boolean {
  return error.reason === 'MISSING_REVISION_TAG' || isServiceMissing(error)
}

function isServiceMissing({ reason, fieldViolations }: RegistryError): boolean {
  return reason === 'SERVICE_NOT_FOUND' && fieldViolations.length === 0
}

const missing: Readonly<Record<string, { readonly reason: KnownReason; readonly serviceExists?: boolean }>> = {
  INVALID_NAMESPACE: { reason: 'SERVICE_NOT_FOUND', serviceExists: false },
  INVALID_NAME: { reason: 'SERVICE_NOT_FOUND', serviceExists: false },
  INVALID_REVISION_TAG: { reason: 'REVISION_NOT_FOUND' },
  INVALID_ALIAS: { reason: 'ALIAS_NOT_FOUND' },
}

// A name that is not valid cannot exist here. Clients of several registries try the next registry only after a 404.
function toNotFound(error: RegistryError, { segments }: RestRoute): RegistryError {
  const found = missing[error.reason]
  // In the query, an alias is a selector. The path names another resource then.
  const isAlias = error.reason === 'INVALID_ALIAS'
  const isInPath = segments.some((segment) => 'field' in segment && segment.field.name === 'alias')
  if (found === undefined || (isAlias && !isInPath)) return error
  const { reason, serviceExists } = found
  return new RegistryError({
    reason,
    message: `${NOT_FOUND} ${error.message}`,
    fieldViolations: error.fieldViolations,
    ...(serviceExists !== undefined && { metadata: { service_exists: serviceExists } }),
    cause: error,
  })
}

function encode({ method, responseField }: RestRoute, message: Message): string {
  if (responseField?.message === undefined) return toJsonString(method.output, message, { useProtoFieldName: true })
  const part = (message as unknown as Readonly<Record<string, Message>>)[responseField.localName]
  if (part === undefined) throw new Error(`${method.name} answered without ${responseField.name}`)
  return toJsonString(responseField.message, part, { useProtoFieldName: true })
}
