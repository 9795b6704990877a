import type { DescField, DescMethod } from '@bufbuild/protobuf'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import {
  type RestResource,
  type RestRoute,
  restResources,
  type Segment,
  successStatuses,
} from '../../src/server/rest/routes.ts'
import type { CallExample } from './method-text.ts'
import { answerOf, errorSchema, failures, JSON_TYPE, methodNotAllowed, successes } from './responses.ts'
import { answerSchemas, bodySchema, isRequired, type JsonObject, parameterSchema } from './schema.ts'
import { apiText, fieldText, methodText, successText } from './texts.ts'

/**
 * The OpenAPI 3.1 document of the REST routes, from the descriptors and their annotations, for paths that begin at
 * `basePath` (empty, or without a slash at its end). Throws where a method, a field or a reason has no text.
 */
export function openApiDocument(basePath: string): JsonObject {
  const resources = restResources(ServiceRegistry)
  return {
    openapi: '3.1.0',
    info: {
      ...apiText,
      license: { name: 'MIT', identifier: 'MIT' },
      // The API's own version, which is part of its package's name. The server's version is not the contract's.
      version: ServiceRegistry.file.proto.package.split('.').at(-1),
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths: Object.fromEntries(resources.map((resource) => [pathOf(resource.segments), pathItem(resource)])),
    components: {
      schemas: Object.assign(
        { Error: errorSchema },
        ...routesOf(resources).map((route) => answerSchemas(answerOf(route))),
      ),
      responses: { MethodNotAllowed: methodNotAllowed },
    },
  }
}

function routesOf(resources: readonly RestResource[]): RestRoute[] {
  return resources.flatMap(({ routes }) => [...routes.values()])
}

function pathOf(segments: readonly Segment[]): string {
  return segments.map((segment) => `/${'literal' in segment ? segment.literal : `{${segment.field.name}}`}`).join('')
}

function pathItem({ allow, routes }: RestResource): JsonObject {
  const reads = [...routes.values()].filter(({ hasBody }) => !hasBody)
  const operations = [...routes].map(([verb, route]) => [verb.toLowerCase(), operation(route, reads)])
  return {
    description: `Any other HTTP method is answered with 405 and \`Allow: ${allow}\`: see the response MethodNotAllowed.`,
    ...Object.fromEntries(operations),
  }
}

function operation(route: RestRoute, reads: readonly RestRoute[]): JsonObject {
  const { method, hasBody } = route
  const { summary, description } = methodText(method)
  return {
    operationId: method.localName,
    summary,
    description,
    parameters: parametersOf(route).map((field) => parameter(route, field)),
    ...(hasBody && { requestBody: requestBody(route) }),
    responses: {
      ...successes(route, hasBody && reads.length > 0 ? { links: linksOf(route, reads) } : {}),
      ...failures(route),
    },
  }
}

function pathFields({ segments }: RestRoute): DescField[] {
  return segments.flatMap((segment) => ('field' in segment ? [segment.field] : []))
}

function otherFields(route: RestRoute): DescField[] {
  const inPath = pathFields(route)
  return route.method.input.fields.filter((field) => !inPath.includes(field))
}

function parametersOf(route: RestRoute): DescField[] {
  return [...pathFields(route), ...(route.hasBody ? [] : otherFields(route))]
}

function parameter(route: RestRoute, field: DescField): JsonObject {
  return {
    name: field.name,
    in: pathFields(route).includes(field) ? 'path' : 'query',
    required: isRequired(field),
    description: fieldText(field),
    schema: parameterSchema(field),
    examples: examplesOf(route.method, ({ request }) => request[field.name]),
  }
}

function requestBody(route: RestRoute): JsonObject {
  const fields = otherFields(route)
  const examples = examplesOf(route.method, ({ request }) => pick(request, fields))
  return { required: fields.some(isRequired), content: { [JSON_TYPE]: { schema: bodySchema(fields), examples } } }
}

/** One part of each example of a method, by the example's key; without those that do not have the part. */
function examplesOf(method: DescMethod, part: (example: CallExample) => unknown): JsonObject {
  const all = successStatuses(method).flatMap((status) => Object.entries(successText(method, status).examples))
  const examples = all.map(([key, example]) => [key, { summary: example.summary, value: part(example) }] as const)
  return Object.fromEntries(examples.filter(([, { value }]) => value !== undefined))
}

function pick(values: Readonly<Record<string, unknown>>, fields: readonly DescField[]): JsonObject {
  return Object.fromEntries(fields.filter(({ name }) => name in values).map(({ name }) => [name, values[name]]))
}

function linksOf(write: RestRoute, reads: readonly RestRoute[]): JsonObject {
  return Object.fromEntries(reads.map((read) => [read.method.localName, link(write, read)]))
}

// What was written can be read: the answer has the parameters of the call that does.
function link(write: RestRoute, read: RestRoute): JsonObject {
  const answered = answerOf(write).fields.map(({ name }) => name)
  const names = parametersOf(read)
    .map(({ name }) => name)
    .filter((name) => answered.includes(name))
  return {
    operationId: read.method.localName,
    parameters: Object.fromEntries(names.map((name) => [name, `$response.body#/${name}`])),
  }
}
