import { once } from 'node:events'
import { createServer } from 'node:net'
import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'
import { answer, type Gate, type GatedRegistry, startGatedRegistry } from '../support/gated-registry.ts'

let first: GatedRegistry
let second: GatedRegistry

beforeAll(async () => {
  first = await startGatedRegistry()
  second = await startGatedRegistry()
})

afterEach(() => {
  first.reset()
  second.reset()
})

afterAll(async () => {
  await first.close()
  await second.close()
})

function otherNotFound() {
  const info = create(ErrorInfoSchema, { reason: 'REVISION_NOT_FOUND', domain: 'other.example' })
  const value = Buffer.from(toBinary(ErrorInfoSchema, info)).toString('base64')
  return { code: 'not_found', message: 'no', details: [{ type: 'google.rpc.ErrorInfo', value }] }
}

const json = (body: object) => [JSON.stringify(body), 'application/json'] as const

// These answers do not come from a registry. Each has the code of the resulting error.
const foreign: readonly (readonly [string, Gate, string])[] = [
  ['a 404 of another server', answer(404, 'Not found'), 'unimplemented'],
  ['a 404 with JSON of its own', answer(404, ...json({ error: 'Service revision not found.' })), 'unimplemented'],
  ['a not_found of another Connect server', answer(404, ...json({ code: 'not_found', message: 'no' })), 'unknown'],
  ['a not_found of another service that has such a reason', answer(404, ...json(otherNotFound())), 'unknown'],
  ['a web page', answer(200, '<!doctype html>', 'text/html'), 'unknown'],
  ['an empty answer', answer(200, ...json({})), 'internal'],
  ['a 401 of a proxy', answer(401), 'unauthenticated'],
  ['a 403 of a proxy', answer(403), 'permission_denied'],
]

describe.for([
  ['Connect on Node', node.createRegistryClient, 'application/proto'],
  ['Connect over fetch', web.createRegistryClient, 'application/json'],
  [
    'gRPC-Web over fetch',
    (options: web.WebRegistryClientOptions) => web.createRegistryClient({ ...options, protocol: 'grpc-web' }),
    'application/grpc-web+proto',
  ],
] as const)('a client of two registries, %s', ([protocol, create, contentType]) => {
  const scope = protocol.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  const two = (options: node.ClientSettings = {}) =>
    create({
      ...options,
      registries: [
        { name: 'first', baseUrl: first.url },
        { name: 'second', baseUrl: second.url },
      ],
    })

  test('a registration goes to the first registry or to the named one', async () => {
    await two().register(`${scope}/here:1.0.0`)
    await two().register(`${scope}/there:2.0.0`, { registry: 'second' })
    const has = async ({ url }: GatedRegistry, service: string) =>
      (await fetch(`${url}/services/${scope}/${service}`)).status
    expect([await has(first, 'here'), await has(second, 'here')]).toEqual([200, 404])
    expect([await has(first, 'there'), await has(second, 'there')]).toEqual([404, 200])
  })

  test('a lookup answers from the first registry that has the revision, and does not ask the next', async () => {
    await two().register(`${scope}/both:1.0.0`)
    await two().register(`${scope}/both:2.0.0`, { registry: 'second' })
    second.reset()
    expect((await two().get(`${scope}/both`)).revisionTag).toBe('1.0.0')
    expect(second.requests).toEqual([])
    expect((await two().get(`${scope}/both:2.0.0`)).revisionTag, 'a revision that only the next has').toBe('2.0.0')
  })

  test('a lookup moves on if the first registry has the service but no default', async () => {
    await two().register(`${scope}/held:1.0.0`, { isDefault: false })
    await two().register(`${scope}/held:0.9.0`, { registry: 'second' })
    expect((await two().get(`${scope}/held`)).revisionTag).toBe('0.9.0')
  })

  test('a lookup that no registry can answer is not_found and names all registries that it asked', async () => {
    const error = await two()
      .get(`${scope}/nothing`)
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(node.RegistryError)
    expect(error).toMatchObject({ code: 'not_found', reason: 'SERVICE_NOT_FOUND', registry: undefined })
    expect(error.message).toBe(
      `Service revision not found. ${scope}/nothing is in none of the registries "first", "second".`,
    )
    expect(error.cause.errors.map(({ registry }: node.RegistryError) => registry)).toEqual(['first', 'second'])
  })

  test.for(foreign)('a lookup does not move on after %s, and the error names the registry', async ([, gate, code]) => {
    await two().register(`${scope}/elsewhere:1.0.0`, { registry: 'second' })
    second.reset()
    first.setGate(gate)
    const error = await two()
      .get(`${scope}/elsewhere`)
      .catch((caught) => caught)
    expect(error).toMatchObject({ reason: 'UNEXPECTED_ANSWER', registry: 'first' })
    expect(error.message).toMatch(
      /^the answer of registry "first" is not from a registry \(.+\); check its base URL and proxies\.$/,
    )
    // gRPC-Web has other codes for some of these answers.
    expect(protocol.startsWith('Connect') ? error.code : code).toBe(code)
    expect(error.code).not.toBe('not_found')
    expect(second.requests).toEqual([])
  })

  test('a lookup does not move on after an outage, and the error names the registry', async () => {
    first.setGate(answer(503))
    await expect(two().get(`${scope}/x`)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'REGISTRY_UNREACHABLE',
      registry: 'first',
      message: expect.stringMatching(
        /^registry "first" cannot be reached \(.+\); check its base URL, or try again later\.$/,
      ),
    })
    expect(second.requests).toEqual([])
  })

  test('an error of the second registry names the second registry', async () => {
    second.setGate(answer(500))
    await expect(two().get(`${scope}/x`)).rejects.toMatchObject({ registry: 'second' })
  })

  test('an error names the registry whose connection was cut during an answer', async () => {
    first.setGate((_request, response) => {
      response.writeHead(200, { 'content-type': contentType, 'content-length': '100' }).write('x')
      setImmediate(() => response.destroy())
    })
    const error = await two()
      .get(`${scope}/x`)
      .catch((caught) => caught)
    expect(error).toMatchObject({ code: 'unavailable', registry: 'first' })
  })

  test('a lookup does not follow a redirect, which could send the token elsewhere', async () => {
    first.setGate((_request, response) => response.writeHead(307, { location: second.url }).end())
    await expect(two().get(`${scope}/x`)).rejects.toMatchObject({ registry: 'first' })
    expect(second.requests).toEqual([])
  })

  test('an error names the registry where nothing listens', async () => {
    const registries = [{ name: 'gone', baseUrl: `http://127.0.0.1:${await closedPort()}` }]
    await expect(create({ registries }).get(`${scope}/x`)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'REGISTRY_UNREACHABLE',
      registry: 'gone',
    })
  })

  test('an error keeps the code, the reason and the fields of the registry and names it in the message', async () => {
    await two().register(`${scope}/taken:1.0.0`)
    await expect(two().register(`${scope}/taken:1.0.0`, { isDefault: true })).rejects.toMatchObject({
      code: 'already_exists',
      reason: 'REVISION_ALREADY_EXISTS',
      registry: 'first',
      message: expect.stringMatching(
        /^registry "first": .* is registered with other content \(is_default was absent and is now true\);/,
      ),
    })
  })
})

test('the errors of a single registry do not begin with its name, which is its base URL', async () => {
  const client = node.createRegistryClient({ baseUrl: `${first.url}/` })
  await expect(client.get('my-org/nothing')).rejects.toMatchObject({
    reason: 'SERVICE_NOT_FOUND',
    message:
      'Service revision not found. There is no service my-org/nothing; check its name, or register its first revision.',
    registry: first.url,
  })
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
