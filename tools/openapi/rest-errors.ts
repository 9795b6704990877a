import type { DescMethod } from '@bufbuild/protobuf'
import { NOT_FOUND, RegistryError } from '../../src/domain/errors.ts'
import { type KnownReason, reasons } from '../../src/domain/reasons.ts'
import { registryMethods } from '../../src/server/call/methods/registry-methods.ts'
import { toHttpStatus } from '../../src/server/call/wire-errors.ts'
import { defaultLimits as limits } from '../../src/server/limits.ts'
import { explainUnreadable } from '../../src/server/listen/unreadable-requests.ts'
import { explainIfMatch } from '../../src/server/rest/if-match.ts'
import type { RestRoute } from '../../src/server/rest/routes.ts'
import { descriptions } from './descriptions.ts'
import { errorExample, neverOf } from './examples/index.ts'
import { reasonsOf } from './reasons.ts'
import type { JsonObject } from './schema.ts'

// The rules of the REST contract that decide how a reason becomes an answer. The protos do not contain them.

/** One way in which an operation can fail. */
export interface Failure {
  /** The key of its example; unique in the operation. */
  readonly key: string
  readonly status: number
  /** When it happens. */
  readonly description: string
  /** The body of an answer. */
  readonly body: JsonObject
}

/** Reasons that only a request with a body can have. */
const bodyReasons: readonly KnownReason[] = ['REQUEST_TOO_LARGE', 'REQUEST_TOO_SLOW', 'UNSUPPORTED_MEDIA_TYPE']

/** REST has no deadline, and a caller that has left does not read the answer. */
const rpcOnly: ReadonlySet<KnownReason> = new Set(['DEADLINE_EXCEEDED', 'CANCELED'])

/** The reasons whose bodies have only the key `error`, as in the first version of the REST contract. */
const bareReasons: ReadonlySet<KnownReason> = new Set(['MISSING_REVISION_TAG', 'SERVICE_NOT_FOUND'])

/** The answer to a GET with a part that the grammar refuses is the answer for a thing that does not exist. */
const notFoundInstead: Partial<Record<KnownReason, KnownReason>> = {
  INVALID_NAMESPACE: 'SERVICE_NOT_FOUND',
  INVALID_NAME: 'SERVICE_NOT_FOUND',
  INVALID_REVISION_TAG: 'REVISION_NOT_FOUND',
  INVALID_ALIAS: 'ALIAS_NOT_FOUND',
}

/** Every way in which an operation can fail. */
export function failuresOf(operationId: string, route: RestRoute): Failure[] {
  const all = [...reasonsOf(route.method), ...(route.verb === 'GET' ? [] : bodyReasons)]
  const here = all.filter((reason) => !rpcOnly.has(reason) && !neverOf(operationId).includes(reason))
  const known = here.map((reason) => failureFor(operationId, route, reason))
  return [...known, ...(takesEtag(route.method) ? ofIfMatch(operationId) : []), ...unreadable()]
}

/** The HTTP status of a reason. */
export function statusOf(reason: KnownReason): number {
  return toHttpStatus(new RegistryError({ reason, message: '' }))
}

/** Whether a request of the method may have an etag. */
export function takesEtag({ input }: DescMethod): boolean {
  return input.fields.some(({ name }) => name === 'etag')
}

function failureFor(operationId: string, { method, verb, segments }: RestRoute, reason: KnownReason): Failure {
  const description = descriptions[reason]
  // In the query, an alias is a selector. The path names another resource then.
  const isSelector =
    reason === 'INVALID_ALIAS' && !segments.some((each) => 'field' in each && each.field.name === 'alias')
  const instead = verb === 'GET' && !isSelector ? notFoundInstead[reason] : undefined
  if (instead !== undefined) return impossible(operationId, reason, instead)
  const body = bodyOf(operationId, reason)
  return {
    key: reason,
    status: statusOf(reason),
    description,
    body: { ...body, error: fill(String(body.error), method) },
  }
}

function bodyOf(operationId: string, reason: KnownReason): JsonObject {
  const { error, fields } = errorExample(operationId, reason)
  if (bareReasons.has(reason)) return { error }
  const description = error.replace(`${NOT_FOUND} `, '')
  return { error, reason, ...fieldsOf(description, fields), ...metadataOf(reason, true) }
}

// The text of an error about a permission depends on the method.
function fill(text: string, { localName }: DescMethod): string {
  const { permission } = registryMethods[localName as keyof typeof registryMethods]
  const resource = isAboutAll(localName) ? 'any service' : '"my-org/my-service"'
  return text.replace('{permission}', String(permission)).replace('{resource}', resource)
}

function isAboutAll(method: string): boolean {
  return method === 'listServices' || method === 'listNamespaces'
}

function impossible(operationId: string, invalid: KnownReason, reason: KnownReason): Failure {
  const { error, fields } = errorExample(operationId, invalid)
  // The tag is checked before the service is looked up.
  const facts = reason === 'SERVICE_NOT_FOUND' ? metadataOf(reason, false) : {}
  const body = { error: `${NOT_FOUND} ${error}`, reason, ...fieldsOf(error, fields), ...facts }
  return { key: invalid, status: statusOf(reason), description: descriptions[invalid], body }
}

function ofIfMatch(operationId: string): Failure[] {
  const mismatch = 'The etag in `If-Match` is not current. Nothing was changed.'
  const invalid = '`If-Match` does not contain exactly one strong etag.'
  const error = explainIfMatch('*')
  return [
    { key: 'IF_MATCH_MISMATCH', status: 412, description: mismatch, body: bodyOf(operationId, 'ETAG_MISMATCH') },
    { key: 'IF_MATCH_INVALID', status: 400, description: invalid, body: { error, reason: 'INVALID_ETAG' } },
  ]
}

function fieldsOf(description: string, fields: readonly string[] = []): JsonObject {
  return fields.length === 0 ? {} : { fields: fields.map((field) => ({ field, description })) }
}

function metadataOf(reason: KnownReason, serviceExists: boolean): JsonObject {
  return reasons[reason].code === 'not_found' ? { metadata: { service_exists: serviceExists } } : {}
}

// The errors with which the listener refuses a request before the request is complete.
function unreadable(): Failure[] {
  const slow = { status: 408, description: 'The headers of the request did not arrive in time.' }
  const large = { status: 431, description: `The headers have more than ${limits.headerBytes} bytes.` }
  return [
    { key: 'HEAD_TOO_SLOW', ...slow, body: { error: explainUnreadable(408), reason: 'REQUEST_TOO_SLOW' } },
    { key: 'HEAD_TOO_LARGE', ...large, body: { error: explainUnreadable(431), reason: 'HEADERS_TOO_LARGE' } },
  ]
}
