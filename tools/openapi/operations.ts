import type { DescField, DescService } from '@bufbuild/protobuf'
import { isFixedByPath } from '../../src/server/rest/rest-request.ts'
import type { RestResource, RestRoute } from '../../src/server/rest/routes.ts'
import type { CallExample } from './examples/example.ts'
import { callsOf } from './examples/index.ts'
import { answerOf, failures, JSON_TYPE, successes } from './responses.ts'
import { takesEtag } from './rest-errors.ts'
import { bodySchema, isRequired, type JsonObject, parameterSchema } from './schema.ts'
import { fieldWords, methodWords } from './words.ts'

/** The id of each operation. */
export type OperationIds = ReadonlyMap<RestRoute, string>

/**
 * The id of each operation. The first route of a method has the name of the method. For any other route, the last
 * literal of its path is appended, in the singular if a parameter follows it: `getDefault`, `getRevision`. Throws if
 * two ids are the same.
 */
export function idsOf({ methods }: DescService, resources: readonly RestResource[]): OperationIds {
  const routes = resources.flatMap((resource) => [...resource.routes.values()])
  const ids = methods.flatMap(({ name, localName }) => {
    const own = routes.filter(({ method }) => method.name === name)
    return own.map((route, index) => [route, index === 0 ? localName : localName + suffixOf(route)] as const)
  })
  const unique = new Set(ids.map(([, id]) => id))
  if (unique.size !== ids.length) throw new Error(`two operations have the same id: ${ids.map(([, id]) => id)}`)
  return new Map(ids)
}

/** An operation of the document. */
export function operation(route: RestRoute, resource: RestResource, ids: OperationIds): JsonObject {
  const id = ids.get(route) ?? ''
  const { summary, description } = methodWords(route.method)
  return {
    operationId: id,
    summary,
    ...(description !== '' && { description }),
    parameters: [...parametersOf(route).map((field) => parameter(id, route, field)), ...headersOf(route)],
    ...(route.hasBody && { requestBody: requestBody(id, route) }),
    responses: { ...successes(id, route, linksOf(route, resource, ids)), ...failures(id, route) },
  }
}

function suffixOf({ segments }: RestRoute): string {
  const last = segments.at(-1)
  const literal = segments.findLast((segment) => 'literal' in segment)?.literal ?? ''
  const word = last !== undefined && 'field' in last ? literal.replace(/s$/, '') : literal
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function pathFields({ segments }: RestRoute): DescField[] {
  return segments.flatMap((segment) => ('field' in segment ? [segment.field] : []))
}

function otherFields(route: RestRoute): DescField[] {
  const inPath = pathFields(route)
  return route.method.input.fields.filter((field) => !inPath.includes(field) && !isFixedByPath(route, field))
}

function parametersOf(route: RestRoute): DescField[] {
  return [...pathFields(route), ...(route.hasBody ? [] : otherFields(route))]
}

function parameter(id: string, route: RestRoute, field: DescField): JsonObject {
  const isInPath = pathFields(route).includes(field)
  return {
    name: field.name,
    in: isInPath ? 'path' : 'query',
    // A DELETE may have the other fields in its body.
    required: isInPath || (isRequired(field) && route.verb !== 'DELETE'),
    description: fieldWords(field),
    schema: parameterSchema(field),
    examples: examplesOf(id, ({ request }) => request[field.name]),
  }
}

function headersOf({ method, verb }: RestRoute): JsonObject[] {
  return [
    ...(verb === 'GET'
      ? [header('If-None-Match', 'The `ETag` of an earlier answer. If the answer has not changed, its status is 304.')]
      : []),
    ...(takesEtag(method)
      ? [
          header(
            'If-Match',
            'The etag in quotes, instead of the field `etag`. If it is not current, the status is 412 and nothing changes.',
            STRONG_ETAG,
          ),
        ]
      : []),
  ]
}

const STRONG_ETAG = { pattern: '^"[!#-~]{1,256}"$' }

function header(name: string, description: string, keywords: JsonObject = {}): JsonObject {
  return { name, in: 'header', required: false, description, schema: { type: 'string', ...keywords } }
}

function requestBody(id: string, route: RestRoute): JsonObject {
  const fields = otherFields(route)
  const examples = examplesOf(id, ({ request }) => pick(request, fields))
  return { required: fields.some(isRequired), content: { [JSON_TYPE]: { schema: bodySchema(fields), examples } } }
}

/** One part of each example of an operation, by the key of the example. Examples without the part are left out. */
function examplesOf(id: string, part: (example: CallExample) => unknown): JsonObject {
  const all = callsOf(id).map(([key, example]) => [key, { summary: example.summary, value: part(example) }] as const)
  return Object.fromEntries(all.filter(([, { value }]) => value !== undefined))
}

function pick(values: Readonly<Record<string, unknown>>, fields: readonly DescField[]): JsonObject {
  return Object.fromEntries(fields.filter(({ name }) => name in values).map(({ name }) => [name, values[name]]))
}

// A change with a body links to the calls that read the same resource. The values come from its path and its answer.
function linksOf(write: RestRoute, { routes }: RestResource, ids: OperationIds): JsonObject {
  const read = write.hasBody ? routes.get('GET') : undefined
  return read === undefined ? {} : { links: { [ids.get(read) ?? '']: link(write, read, ids) } }
}

function link(write: RestRoute, read: RestRoute, ids: OperationIds): JsonObject {
  const sent = pathFields(write).map(({ name }) => name)
  const answered = answerOf(write).fields.map(({ name }) => name)
  const parameters = parametersOf(read).flatMap(({ name }) => {
    if (sent.includes(name)) return [[name, `$request.path.${name}`]]
    return answered.includes(name) ? [[name, `$response.body#/${name}`]] : []
  })
  return { operationId: ids.get(read), parameters: Object.fromEntries(parameters) }
}
