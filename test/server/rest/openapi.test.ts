import { hasOption } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { http } from '../../../gen/google/api/annotations_pb.ts'
import { RegisterResponseSchema, ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { openApiDocument } from '../../../tools/openapi/document.ts'
import { errorTexts } from '../../../tools/openapi/error-texts.ts'
import { fieldTexts } from '../../../tools/openapi/field-texts.ts'
import { fieldText, methodText, methodTexts } from '../../../tools/openapi/texts.ts'
import { documentedRoutes } from '../../support/documented-answers.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

interface Documented {
  readonly headers: Readonly<Record<string, unknown>>
  readonly content: { readonly 'application/json': { readonly example: unknown } }
}

const BASE = '/api/integrations/octue'

const annotated = ServiceRegistry.methods.filter((method) => hasOption(method, http))

describe('the OpenAPI document', () => {
  test('has an operation for every RPC with a REST route', () => {
    const operations = documentedRoutes().map(({ operation }) => operation.operationId)
    expect(operations.sort()).toEqual(annotated.map(({ localName }) => localName).sort())
  })

  test('lists what really occurs on each route', () => {
    const statuses = documentedRoutes().map(({ verb, operation }) => {
      return [operation.operationId, verb, Object.keys(operation.responses).join(' ')]
    })
    const written = '400 404 408 409 413 415 431 500 503'
    expect(statuses).toEqual([
      ['register', 'POST', '200 201 400 408 409 413 415 431 500 503'],
      ['get', 'GET', '200 400 404 408 431 500 503'],
      ['setDefault', 'PUT', '200 400 408 409 413 415 431 500 503'],
      ['clearDefault', 'DELETE', '200 400 404 408 409 431 500 503'],
      ['setAlias', 'PUT', `200 ${written}`],
      ['deleteAlias', 'DELETE', '200 400 404 408 409 431 500 503'],
      ['listAliases', 'GET', '200 400 404 408 431 500 503'],
      ['deprecate', 'POST', `200 ${written}`],
      ['yank', 'POST', `200 ${written}`],
      ['restore', 'POST', `200 ${written}`],
      ['updateRevision', 'PATCH', `200 ${written}`],
      ['deleteRevision', 'DELETE', '200 400 404 408 409 431 500 503'],
      ['listNamespaces', 'GET', '200 400 408 431 500 503'],
      ['listServices', 'GET', '200 400 408 431 500 503'],
      ['listRevisions', 'GET', '200 400 404 408 431 500 503'],
      ['testPolicy', 'GET', '200 400 408 431 500 503'],
    ])
  })

  test('promises the four keys of a revision', () => {
    expect(openApiDocument('')).toMatchObject({
      components: { schemas: { Revision: { required: ['namespace', 'name', 'revision_tag', 'is_default'] } } },
    })
  })

  test('says the grammars and which fields a request must have', () => {
    expect(JSON.stringify(openApiDocument(''))).toContain('"pattern":"^[A-Za-z0-9_][A-Za-z0-9_.-]*$","maxLength":128')
    const [register] = documentedRoutes()
    expect(register?.operation.requestBody).toMatchObject({
      required: true,
      content: { 'application/json': { schema: { required: ['revision_tag'] } } },
    })
  })

  test('has no text that nothing needs', () => {
    const document = JSON.stringify(openApiDocument(''))
    const texts = [...Object.values(fieldTexts), ...Object.values(errorTexts).map(({ description }) => description)]
    expect(texts.filter((text) => !document.includes(JSON.stringify(text).slice(1, -1)))).toEqual([])
    expect(Object.keys(methodTexts).sort()).toEqual(annotated.map(({ name }) => name).sort())
  })

  test('can not be made where a text is missing', () => {
    expect(() => fieldText(RegisterResponseSchema.field.replayed)).toThrow(/no text for RegisterResponse.replayed/)
    expect(() => methodText({ ...ServiceRegistry.method.get, name: 'New' })).toThrow(/no text for New/)
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

  test.for(['', BASE])('is served below "%s", for the paths below the base path', async (prefix) => {
    const response = await fetch(`${server.url}${prefix}/openapi.json`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    const document = (await response.json()) as object
    expect(document).toEqual(openApiDocument(BASE))
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: 'v1' }, servers: [{ url: BASE }] })
  })

  test('describes how a method that a path does not have is answered', async () => {
    const { components } = openApiDocument(BASE) as { components: { responses: { MethodNotAllowed: Documented } } }
    const { headers, content } = components.responses.MethodNotAllowed
    for (const { path, allow } of [
      { path: `${BASE}/services/my-org/my-service`, allow: 'GET, POST' },
      { path: '/openapi.json', allow: 'GET, HEAD' },
    ]) {
      const response = await fetch(`${server.url}${path}`, { method: 'DELETE' })
      expect(response.status).toBe(405)
      expect(Object.keys(headers).map((name) => response.headers.get(name))).toEqual([allow])
      expect(await response.json()).toEqual(content['application/json'].example)
    }
  })

  test('is answered without its body to HEAD', async () => {
    const response = await fetch(`${server.url}/openapi.json`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1_000)
  })
})
