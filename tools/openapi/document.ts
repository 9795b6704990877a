import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { type RestResource, restResources, type Segment } from '../../src/server/rest/routes.ts'
import { idsOf, type OperationIds, operation } from './operations.ts'
import { answerHeaders, answerOf, errorSchema, methodNotAllowed } from './responses.ts'
import { answerSchemas, type JsonObject } from './schema.ts'
import { shareExamples } from './shared-examples.ts'
import { apiWords, section } from './words.ts'

/**
 * The OpenAPI 3.1 document of the REST routes. It is made from the descriptors, their annotations and their comments.
 * Throws if an operation has no comment or no example.
 */
export function openApiDocument(): JsonObject {
  const resources = restResources(ServiceRegistry)
  const ids = idsOf(ServiceRegistry, resources)
  return shareExamples({
    openapi: '3.1.0',
    info: {
      title: 'Waypost',
      description: [apiWords(), restWords, '# Changes', ...section('Changes')].join('\n\n'),
      license: { name: 'MIT', identifier: 'MIT' },
      // The version of the API, from the name of its package. It is not the version of the server.
      version: ServiceRegistry.file.proto.package.split('.').at(-1),
    },
    // A server puts its own base path here.
    servers: [{ url: '/' }],
    // Whether a call needs a token depends on the grants of the server.
    security: [{}, { bearer: [] }],
    paths: Object.fromEntries(resources.map((resource) => [pathOf(resource.segments), pathItem(resource, ids)])),
    components: {
      schemas: Object.assign({ Error: errorSchema }, ...[...ids.keys()].map((route) => answerSchemas(answerOf(route)))),
      headers: answerHeaders,
      responses: { MethodNotAllowed: methodNotAllowed },
      securitySchemes: { bearer: bearerToken },
    },
  })
}

const bearerToken: JsonObject = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token that proves who the caller is: of an OpenID Connect issuer that the server trusts, or a static token of the ' +
    'server. A server without access control ignores it.',
}

// The rules that apply to every route over REST, and only to REST.
const restWords =
  'This document describes the REST routes. The server offers the same methods over Connect, gRPC and gRPC-Web. It reads ' +
  'a body as JSON, whatever its content type is. It refuses an unknown key of a body or a query with 400. Keys may also be ' +
  'written in lowerCamelCase. A parameter may be in the query or in the body, even of a DELETE. If it is in both, the two ' +
  'values must be the same.'

function pathOf(segments: readonly Segment[]): string {
  return segments.map((segment) => `/${'literal' in segment ? segment.literal : `{${segment.field.name}}`}`).join('')
}

function pathItem(resource: RestResource, ids: OperationIds): JsonObject {
  const { allow, routes } = resource
  const operations = [...routes].map(([verb, route]) => [verb.toLowerCase(), operation(route, resource, ids)])
  const head = routes.has('GET') ? 'HEAD is answered like GET, without a body. ' : ''
  return {
    description: `${head}Any other HTTP method is answered with 405 and \`Allow: ${allow}\`. See the response MethodNotAllowed.`,
    ...Object.fromEntries(operations),
  }
}
