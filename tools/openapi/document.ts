import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { type RestResource, restResources, type Segment } from '../../src/server/rest/routes.ts'
import { idsOf, type OperationIds, operation } from './operations.ts'
import { answerOf, errorSchema, methodNotAllowed } from './responses.ts'
import { answerSchemas, type JsonObject } from './schema.ts'
import { apiWords, section } from './words.ts'

/**
 * The OpenAPI 3.1 document of the REST routes, from the descriptors, their annotations and their comments. Throws if an
 * operation has no comment or no example.
 */
export function openApiDocument(): JsonObject {
  const resources = restResources(ServiceRegistry)
  const ids = idsOf(ServiceRegistry, resources)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waypost',
      description: [apiWords(), restWords, '# Changes', ...section('Changes')].join('\n\n'),
      license: { name: 'MIT', identifier: 'MIT' },
      // The API's own version, which is part of its package's name. The server's version is not the contract's.
      version: ServiceRegistry.file.proto.package.split('.').at(-1),
    },
    // A server puts its own base path here.
    servers: [{ url: '/' }],
    paths: Object.fromEntries(resources.map((resource) => [pathOf(resource.segments), pathItem(resource, ids)])),
    components: {
      schemas: Object.assign({ Error: errorSchema }, ...[...ids.keys()].map((route) => answerSchemas(answerOf(route)))),
      responses: { MethodNotAllowed: methodNotAllowed },
    },
  }
}

// What holds for every route over REST, and for REST only.
const restWords =
  'These are the REST routes. The same methods are served over Connect, gRPC and gRPC-Web. A body is read as JSON, ' +
  'whatever its content type is. An unknown key of a body or of a query is refused with 400. Keys may also be written in ' +
  'lowerCamelCase. A parameter may be in the query or in the body, also of a DELETE; in two places it must have the same ' +
  'value.'

function pathOf(segments: readonly Segment[]): string {
  return segments.map((segment) => `/${'literal' in segment ? segment.literal : `{${segment.field.name}}`}`).join('')
}

function pathItem(resource: RestResource, ids: OperationIds): JsonObject {
  const { allow, routes } = resource
  const operations = [...routes].map(([verb, route]) => [verb.toLowerCase(), operation(route, resource, ids)])
  const head = routes.has('GET') ? 'HEAD is answered like GET, without a body. ' : ''
  return {
    description: `${head}Any other HTTP method is answered with 405 and \`Allow: ${allow}\`: see the response MethodNotAllowed.`,
    ...Object.fromEntries(operations),
  }
}
