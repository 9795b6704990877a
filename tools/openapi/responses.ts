import type { DescMessage } from '@bufbuild/protobuf'
import { retryAfterS } from '../../src/server/call/wire-errors.ts'
import { INVALID_METHOD } from '../../src/server/http/send.ts'
import type { RestRoute } from '../../src/server/rest/routes.ts'
import { callsOf } from './examples/index.ts'
import { failuresOf } from './rest-errors.ts'
import { type JsonObject, schemaRef } from './schema.ts'
import { fieldWords, messageWords } from './words.ts'

/** The one media type of REST. */
export const JSON_TYPE = 'application/json'

const text = { type: 'string' }

/** The schema of the body of every error. */
export const errorSchema: JsonObject = {
  description:
    'Why a request failed. Three errors have only the key `error`: the 400 for a registration without a revision tag, the ' +
    '404 for a service that does not exist, and the 405. Every other error also has the key `reason`.',
  type: 'object',
  required: ['error'],
  properties: {
    error: { description: 'A text for people. It tells what is wrong and what to do.', ...text },
    reason: {
      description: 'The stable name of the error. A program may branch on it. New reasons may be added.',
      ...text,
    },
    fields: {
      description: 'The fields that caused the error. This key is absent if the error is not about fields.',
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'description'],
        properties: {
          field: { description: 'The name of the field, such as `endpoints[0].uri`.', ...text },
          description: {
            description: 'A text for people. It tells what is wrong with the field and what is allowed.',
            ...text,
          },
        },
      },
    },
    metadata: {
      description: 'Further facts about the error. This key is present if something was not found.',
      type: 'object',
      properties: { service_exists: { description: 'Whether the service exists.', type: 'boolean' } },
    },
  },
}

/** The response to an HTTP method that a path does not have. */
export const methodNotAllowed: JsonObject = {
  description: 'The path does not have this HTTP method.',
  headers: { Allow: { description: 'The methods that the path has.', required: true, schema: text } },
  content: { [JSON_TYPE]: { schema: schemaRef({ name: 'Error' }), example: { error: INVALID_METHOD } } },
}

/** The headers of answers, by their names in the components of the document. */
export const answerHeaders: Readonly<Record<string, JsonObject>> = {
  ETag: { description: 'A hash of the body. A later GET can send it in `If-None-Match`.', schema: text },
  'Waypost-Reason': {
    description: 'The reason of the error. The header is present even if the body has only the key `error`.',
    schema: text,
  },
  'Retry-After': {
    description: 'The seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 0 },
  },
  'WWW-Authenticate': { description: 'How to prove who the caller is, as RFC 6750 defines it.', schema: text },
}

function headers(...names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

const notModified = {
  description: 'The body has not changed since the answer that `If-None-Match` names. It is not sent again.',
  headers: headers('ETag'),
}

/** The message that a route answers with. */
export function answerOf({ method, responseField }: RestRoute): DescMessage {
  return responseField?.message ?? method.output
}

/** The successful responses of an operation, by status. Each of them also has the keys of `extras`. */
export function successes(operationId: string, route: RestRoute, extras: JsonObject): JsonObject {
  const { method, responseField, verb } = route
  const description = responseField === undefined ? messageWords(method.output) : fieldWords(responseField)
  const etag = verb === 'GET' ? { headers: headers('ETag') } : {}
  const byStatus = Map.groupBy(callsOf(operationId), ([, { status = 200 }]) => status)
  const responses = [...byStatus].map(([status, calls]) => {
    const answers = calls.map(([key, { summary, answer }]) => [key, { summary, value: answer }] as const)
    return [status, { ...response(description, answerOf(route), answers), ...etag, ...extras }]
  })
  return { ...Object.fromEntries(responses), ...(verb === 'GET' && { 304: notModified }) }
}

/** The error responses of an operation, by status. */
export function failures(operationId: string, route: RestRoute): JsonObject {
  const byStatus = Map.groupBy(failuresOf(operationId, route), ({ status }) => status)
  const responses = [...byStatus].map(([status, failures]) => {
    const description = failures.map((failure) => failure.description).join(' ')
    const shown = failures.map(({ key, body, description: summary }) => [key, { summary, value: body }] as const)
    const passes = failures.some(({ body }) => retryAfterS({ reason: String(body.reason) }) !== undefined)
    const names = [
      'Waypost-Reason',
      ...(passes ? ['Retry-After'] : []),
      ...(status === 401 ? ['WWW-Authenticate'] : []),
    ]
    return [status, { ...response(description, { name: 'Error' }, shown), headers: headers(...names) }]
  })
  return Object.fromEntries(responses)
}

function response(
  description: string,
  schema: Pick<DescMessage, 'name'>,
  examples: readonly (readonly [key: string, example: JsonObject])[],
): JsonObject {
  return {
    description,
    content: { [JSON_TYPE]: { schema: schemaRef(schema), examples: Object.fromEntries(examples) } },
  }
}
