import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import document from '../../../docs/openapi.json' with { type: 'json' }
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { reasons } from '../../../src/domain/reasons.ts'
import type { CallMethod } from '../../../src/server/call/method.ts'
import { registryMethods } from '../../../src/server/call/methods/registry-methods.ts'
import { restResources } from '../../../src/server/rest/routes.ts'
import { errorExamples } from '../../../tools/openapi/examples/errors.ts'
import { operationExamples } from '../../../tools/openapi/examples/index.ts'
import { idsOf } from '../../../tools/openapi/operations.ts'
import { reasonGroups, reasonsOf } from '../../../tools/openapi/reasons.ts'
import { methodWords, reasonsIn, section } from '../../../tools/openapi/words.ts'
import { type Comments, toParagraphs } from '../../../tools/proto/read-comments.ts'
import { resolveComment, splitSentence } from '../../../tools/proto/references.ts'
import { documentedAnswers, documentedRoutes } from '../../support/documented-answers.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const BASE = '/api/integrations/octue'

const { get, setDefault, listServices, getAlias, register } = ServiceRegistry.method

describe('the OpenAPI document', () => {
  test('the OpenAPI document has an operation with a unique id for every binding of every RPC', () => {
    const ids = documentedRoutes().map(({ operation }) => operation.operationId)
    const more = ['getDefault', 'getRevision', 'unyankRestore']
    expect(ids.sort()).toEqual([...ServiceRegistry.methods.map(({ localName }) => localName), ...more].sort())
  })

  test('the OpenAPI document lists the statuses of each operation', () => {
    const statuses = documentedRoutes().map(({ verb, operation }) => {
      return [operation.operationId, verb, Object.keys(operation.responses).join(' ')]
    })
    const [read, changed] = [
      '200 304 400 401 403 404 408 429 431 500 503',
      '200 400 401 403 404 408 409 412 413 415 429 431 500 503',
    ]
    expect(statuses).toEqual([
      ['register', 'POST', '200 201 400 401 403 408 409 413 415 429 431 500 503'],
      ['get', 'GET', read],
      ['getDefault', 'GET', read],
      ['setDefault', 'PUT', '200 400 401 403 408 409 412 413 415 429 431 500 503'],
      ['clearDefault', 'DELETE', changed],
      ['getRevision', 'GET', read],
      ['updateRevision', 'PATCH', changed],
      ['deleteRevision', 'DELETE', changed],
      ['setAlias', 'PUT', changed],
      ['getAlias', 'GET', read],
      ['deleteAlias', 'DELETE', changed],
      ['listAliases', 'GET', read],
      ['setRollout', 'PUT', changed],
      ['getRollout', 'GET', read],
      ['endRollout', 'POST', changed],
      ['listChanges', 'GET', read],
      ['revert', 'POST', changed],
      ['deprecate', 'POST', changed],
      ['undeprecate', 'POST', changed],
      ['yank', 'POST', changed],
      ['unyank', 'POST', changed],
      ['unyankRestore', 'POST', changed],
      ['listNamespaces', 'GET', '200 304 400 401 403 408 429 431 500 503'],
      ['listServices', 'GET', '200 304 400 401 403 408 429 431 500 503'],
      ['listRevisions', 'GET', read],
      ['testPolicy', 'GET', read],
      ['issueCallToken', 'POST', '200 400 401 403 404 408 413 415 429 431 500 503'],
      ['whoAmI', 'GET', '200 304 400 401 403 408 429 431 503'],
    ])
  })

  test('the OpenAPI document lists the same success statuses as the table of methods', () => {
    const table: Readonly<Record<string, Pick<CallMethod<never>, 'success'>>> = registryMethods
    const ids = idsOf(ServiceRegistry, restResources(ServiceRegistry))
    const expected = [...ids].map(([{ method }, id]) => [
      id,
      (table[method.localName]?.success?.all ?? [200]).toSorted(),
    ])
    const documented = documentedRoutes().map(({ operation }) => {
      const statuses = Object.keys(operation.responses).map(Number)
      return [operation.operationId, statuses.filter((status) => status < 300)]
    })
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected))
  })

  test('the OpenAPI document requires the four keys of a revision and no optional output field', () => {
    expect(document.components.schemas.Revision.required).toEqual(['namespace', 'name', 'revision_tag', 'is_default'])
    expect(document.components.schemas.Revision.properties.state).toMatchObject({ readOnly: true })
    expect(document.components.schemas.Service.required).toEqual(['namespace', 'name', 'revision_count', 'etag'])
  })

  test('the OpenAPI document has the grammars and the required fields, and forbids other fields', () => {
    expect(JSON.stringify(document)).toContain('"pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*$","maxLength":128')
    const { requestBody } = document.paths['/services/{namespace}/{name}'].post
    const { schema } = requestBody.content['application/json']
    expect([requestBody.required, schema.required, schema.additionalProperties]).toEqual([
      true,
      ['revision_tag'],
      false,
    ])
    expect(schema.properties.source.additionalProperties).toBe(false)
  })

  test('a documented error has only the key `error` if clients compare the whole body, and a reason otherwise', () => {
    const failures = documentedRoutes()
      .flatMap(documentedAnswers)
      .filter(({ expected }) => expected.status >= 400)
    const bare = failures.filter(({ expected }) => !('reason' in (expected.body as object)))
    expect(new Set(bare.map(({ key }) => key))).toEqual(new Set(['MISSING_REVISION_TAG', 'SERVICE_NOT_FOUND']))
    expect(bare.filter(({ expected }) => Object.keys(expected.body as object).join() !== 'error')).toEqual([])
  })

  test('the OpenAPI document has no unused example', () => {
    const shown = new Set(
      documentedRoutes()
        .flatMap(documentedAnswers)
        .map(({ key }) => key),
    )
    expect(Object.keys(errorExamples).filter((reason) => !shown.has(reason))).toEqual([])
    const ids = documentedRoutes().map(({ operation }) => operation.operationId)
    expect(Object.keys(operationExamples).sort()).toEqual(ids.sort())
  })

  test('the OpenAPI document cannot be made if two operations have the same id', () => {
    const resources = restResources(ServiceRegistry)
    expect(() => idsOf(ServiceRegistry, [...resources, ...resources])).toThrow(/same id/)
  })
})

describe('the reasons of the methods', () => {
  test('the groups of methods share the reasons that the comment of the service lists for them', () => {
    const text = section('Errors').join(' ')
    const begins = reasonGroups.map(({ methods }) => text.indexOf(`${methods} `))
    expect(begins).toEqual(begins.toSorted((a, b) => a - b))
    expect(begins).not.toContain(-1)
    expect(reasonGroups.map(({ reasons }) => reasons)).toEqual(
      begins.map((begin, index) => reasonsIn(text.slice(begin, begins[index + 1]))),
    )
    expect(reasonsIn(text)).toEqual(reasonGroups.flatMap(({ reasons }) => reasons))
  })

  test.for([
    {
      method: listServices,
      has: ['INVALID_PREFIX', 'DAMAGED_ENTRY', 'NEWER_ENTRY'],
      hasNot: ['INVALID_NAME', 'ORIGIN_NOT_ALLOWED'],
    },
    { method: getAlias, has: ['INVALID_NAME', 'ALIAS_NOT_FOUND'], hasNot: ['INVALID_REVISION_TAG', 'ETAG_MISMATCH'] },
    { method: register, has: ['ORIGIN_NOT_ALLOWED', 'INVALID_REVISION_TAG'], hasNot: ['ETAG_MISMATCH'] },
    { method: setDefault, has: ['ETAG_MISMATCH', 'TARGET_YANKED', 'INTERNAL'], hasNot: ['INVALID_LABELS'] },
  ])('the reasons of $method.name are its own and those of its groups', ({ method, has, hasNot }) => {
    const all: readonly string[] = reasonsOf(method)
    expect(has.filter((reason) => !all.includes(reason))).toEqual([])
    expect(hasNot.filter((reason) => all.includes(reason))).toEqual([])
  })

  test('the methods list every reason except those of HTTP itself and of an SRUID, which no method accepts', () => {
    const listed = new Set<string>(ServiceRegistry.methods.flatMap(reasonsOf))
    const others = Object.keys(reasons).filter((reason) => !listed.has(reason))
    const ofHttp = [
      'HEADERS_TOO_LARGE',
      'PATH_NOT_FOUND',
      'REQUEST_TOO_LARGE',
      'REQUEST_TOO_SLOW',
      'UNSUPPORTED_MEDIA_TYPE',
    ]
    expect(others.sort()).toEqual(['INVALID_SRUID', ...ofHttp].sort())
  })
})

describe('the texts of the document', () => {
  const comments: Comments = new Map(
    Object.entries({
      'Thing.size': 'The size of the thing. From 1 to 9.',
      'Thing.name': 'The name.',
      'GetRequest.size': 'See Thing.size.',
      'ListRequest.size': 'The smallest size. Absent: any. See GetRequest.size.',
      'GetRequest.name': 'The name to get. See Thing.name.',
      'GetRequest.colour': 'See Thing.colour.',
    }).map(([name, text]) => [name, toParagraphs(text)]),
  )

  test.for([
    ['Thing.size', 'The size of the thing. From 1 to 9.'],
    ['GetRequest.size', 'The size of the thing. From 1 to 9.'],
    ['ListRequest.size', 'The smallest size. Absent: any. From 1 to 9.'],
  ] as const)('the text of %s contains no reference to another comment: %s', ([name, expected]) => {
    expect(resolveComment(comments, name)).toBe(expected)
  })

  test('a text with a reference to nothing is refused', () => {
    expect(() => resolveComment(comments, 'GetRequest.name')).toThrow(/Thing.name, which has only one sentence/)
    expect(() => resolveComment(comments, 'GetRequest.colour')).toThrow(/no comment for Thing.colour/)
  })

  test('the summary of a method is the first sentence of its comment, even if that sentence contains dots', () => {
    expect(splitSentence('As of 1.2.9, `a.b` is it. It was not. ')).toEqual({
      first: 'As of 1.2.9, `a.b` is it.',
      rest: 'It was not.',
    })
    expect(methodWords(get).summary).toMatch(/^Gets a revision of a service: .*[^.]$/)
    expect(methodWords(get).description).not.toContain('Errors:')
    expect(methodWords(getAlias).description).toBe('')
  })

  test('a text keeps the paragraphs of its comment but not the line breaks', () => {
    expect(toParagraphs(' One\n line.\n\n Another\n one.\n')).toEqual(['One line.', 'Another one.'])
  })
})

describe('/openapi.json', () => {
  let storage: Storage
  let server: ServeProcess

  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await spawnServe(['--store', storage.location, '--base-path', BASE])
  })

  afterAll(async () => {
    await server.stop()
    await storage.remove()
  })

  test.for(['', BASE])('/openapi.json below "%s" describes the paths below the base path', async (prefix) => {
    const response = await fetch(`${server.url}${prefix}/openapi.json`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await response.json()).toEqual({ ...document, servers: [{ url: BASE }] })
  })

  test('a method that a path does not have is answered as the OpenAPI document says', async () => {
    const { headers, content } = document.components.responses.MethodNotAllowed
    const { description } = document.paths['/services/{namespace}/{name}']
    for (const { path, allow } of [
      { path: `${BASE}/services/my-org/my-service`, allow: /`Allow: (.+?)`/.exec(description)?.[1] },
      { path: '/openapi.json', allow: 'GET, HEAD' },
    ]) {
      const response = await fetch(`${server.url}${path}`, { method: 'DELETE' })
      expect(response.status).toBe(405)
      expect(Object.keys(headers).map((name) => response.headers.get(name))).toEqual([allow])
      expect(await response.json()).toEqual(content['application/json'].example)
    }
  })

  test('HEAD /openapi.json is answered without a body', async () => {
    const response = await fetch(`${server.url}/openapi.json`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1_000)
  })
})
