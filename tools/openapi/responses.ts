import type { DescMessage } from '@bufbuild/protobuf'
import { type ErrorReason, RegistryError } from '../../src/domain/errors.ts'
import { toHttpStatus } from '../../src/server/call/wire-errors.ts'
import { INVALID_METHOD } from '../../src/server/http/node-http.ts'
import { explainUnreadable } from '../../src/server/listen/listener.ts'
import { type RestRoute, successStatuses } from '../../src/server/rest/routes.ts'
import { bodyErrors, commonErrors, unreadableTexts } from './error-texts.ts'
import { type JsonObject, schemaRef } from './schema.ts'
import { errorText, methodText, successText } from './texts.ts'

/** The one media type of REST. */
export const JSON_TYPE = 'application/json'

/** The schema of the body of every error. */
export const errorSchema: JsonObject = {
  type: 'object',
  required: ['error'],
  properties: { error: { description: 'What is wrong, for people.', type: 'string' } },
}

/** The response to an HTTP method that a path does not have. */
export const methodNotAllowed: JsonObject = {
  description: 'The path has no such HTTP method.',
  headers: { Allow: { description: 'The methods that it has.', required: true, schema: { type: 'string' } } },
  content: { [JSON_TYPE]: { schema: schemaRef({ name: 'Error' }), example: { error: INVALID_METHOD } } },
}

/** The message that a route answers with. */
export function answerOf({ method, responseField }: RestRoute): DescMessage {
  return responseField?.message ?? method.output
}

/** The responses of a route that are a success, each with these keys as well. */
export function successes(route: RestRoute, extras: JsonObject): JsonObject {
  const responses = successStatuses(route.method).map((status) => {
    const { description, examples } = successText(route.method, status)
    const answers = Object.entries(examples).map(([key, { summary, answer }]) => [key, { summary, value: answer }])
    return [status, { ...response(description, schemaRef(answerOf(route)), answers), ...extras }]
  })
  return Object.fromEntries(responses)
}

/** The responses of a route that are an error, by status, from the reasons that it has. */
export function failures({ method, hasBody }: RestRoute): JsonObject {
  const { errors, errorsNotHere = [], errorExamples = {} } = methodText(method)
  const everywhere = commonErrors.filter((reason) => !errorsNotHere.includes(reason))
  const reasons = [...errors, ...everywhere, ...(hasBody ? bodyErrors : [])]
  const known = reasons.map((reason) => {
    const { description, example } = errorText(reason)
    return { key: reason, status: statusOf(reason), description, example: errorExamples[reason] ?? example }
  })
  const unreadable = unreadableTexts.map(({ key, status, description }) => ({
    key,
    status,
    description,
    example: explainUnreadable(status),
  }))
  const byStatus = Map.groupBy([...known, ...unreadable], ({ status }) => status)
  return Object.fromEntries([...byStatus].map(([status, errors]) => [status, failure(errors)]))
}

function statusOf(reason: ErrorReason): number {
  return toHttpStatus(new RegistryError({ reason, code: errorText(reason).code, message: '' }))
}

function failure(
  errors: readonly { readonly key: string; readonly description: string; readonly example: string }[],
): JsonObject {
  const description = errors.map((error) => error.description).join(' ')
  const examples = errors.map(({ key, description: summary, example }) => [key, { summary, value: { error: example } }])
  return response(description, schemaRef({ name: 'Error' }), examples)
}

function response(description: string, schema: JsonObject, examples: readonly unknown[][]): JsonObject {
  return { description, content: { [JSON_TYPE]: { schema, examples: Object.fromEntries(examples) } } }
}
