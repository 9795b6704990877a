import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRegistryClient, type RegistryError } from '../../src/client/index.ts'
import { BadRequestSchema, ErrorInfoSchema } from '../../src/client/proto.ts'
import { answer, type Gate, type GatedRegistry, startGatedRegistry } from '../support/gated-registry.ts'
import { type SimpleRegistry, startSimpleRegistry } from './simple-registry.ts'

// The grammars of these registries differ. The first two let a test decide each answer. The last one has every service.

let first: GatedRegistry
let second: GatedRegistry
let last: SimpleRegistry

beforeAll(async () => {
  first = await startGatedRegistry()
  second = await startGatedRegistry()
  last = await startSimpleRegistry()
})

afterEach(() => {
  first.reset()
  second.reset()
})

afterAll(async () => {
  await first.close()
  await second.close()
  await last.close()
})

/** Answers with an error of a registry. */
function refuse(status: number, code: string, reason: string, serviceExists?: boolean): Gate {
  const metadata = serviceExists === undefined ? {} : { service_exists: String(serviceExists) }
  const info = create(ErrorInfoSchema, { reason, domain: 'waypost', metadata })
  const fieldViolations = code === 'invalid_argument' ? [{ field: 'namespace', description: 'is odd' }] : []
  const bad = create(BadRequestSchema, { fieldViolations })
  const details = [
    { type: 'google.rpc.ErrorInfo', value: Buffer.from(toBinary(ErrorInfoSchema, info)).toString('base64') },
    { type: 'google.rpc.BadRequest', value: Buffer.from(toBinary(BadRequestSchema, bad)).toString('base64') },
  ]
  return answer(status, JSON.stringify({ code, message: `${reason} said`, details }), 'application/json')
}

const invalid = (reason: string) => refuse(400, 'invalid_argument', reason)
const notFound = (reason: string, serviceExists?: boolean) => refuse(404, 'not_found', reason, serviceExists)

const named = (...registries: readonly { readonly url: string }[]) =>
  createRegistryClient({ registries: registries.map(({ url }, at) => ({ name: 'abc'[at] ?? '', baseUrl: url })) })

const failure = (call: Promise<unknown>): Promise<RegistryError> =>
  call.then(
    () => expect.unreachable('it must reject'),
    (error) => error,
  )

describe('a lookup in several registries', () => {
  test.for([
    ['INVALID_NAMESPACE', invalid('INVALID_NAMESPACE')],
    ['INVALID_NAME', invalid('INVALID_NAME')],
    ['INVALID_REVISION_TAG', invalid('INVALID_REVISION_TAG')],
    ['SERVICE_NOT_FOUND', notFound('SERVICE_NOT_FOUND', false)],
    ['REVISION_NOT_FOUND', notFound('REVISION_NOT_FOUND', true)],
    ['ALIAS_NOT_FOUND', notFound('ALIAS_NOT_FOUND', true)],
    ['NO_DEFAULT', notFound('NO_DEFAULT', true)],
    ['a not_found of a registry that is newer', notFound('NOT_FOUND_OF_TOMORROW')],
  ] as const)('a lookup moves on to the next registry after %s', async ([, gate]) => {
    first.setGate(gate)
    expect(await named(first, last).get('My_Org/x:1.0.0')).toMatchObject({ namespace: 'My_Org', revisionTag: '1.0.0' })
  })

  test.for([
    ['INVALID_VERSION_RANGE', invalid('INVALID_VERSION_RANGE')],
    ['INVALID_REQUEST', invalid('INVALID_REQUEST')],
    ['CONFLICTING_SELECTORS', invalid('CONFLICTING_SELECTORS')],
  ] as const)('a lookup does not move on after %s, which is not about the name', async ([reason, gate]) => {
    first.setGate(gate)
    const before = last.requests.length
    expect(await failure(named(first, last).get('my-org/x'))).toMatchObject({ reason, registry: 'a' })
    expect(last.requests).toHaveLength(before)
  })

  test('a lookup moves on from a real registry whose grammar refuses the name', async () => {
    const { namespace } = await named(first, last).get('My_Org/x')
    expect([namespace, first.requests.length]).toEqual(['My_Org', 1])
  })

  test('a lookup whose name every registry refuses ends with the error of the last registry', async () => {
    first.setGate(invalid('INVALID_NAMESPACE'))
    second.setGate(invalid('INVALID_NAME'))
    const error = await failure(named(first, second).get('my-org/x'))
    expect(error).toMatchObject({
      ...{ code: 'invalid_argument', reason: 'INVALID_NAME', registry: undefined },
      fieldViolations: [{ field: 'namespace', description: 'is odd' }],
      message: 'registry "b": INVALID_NAME said my-org/x is in none of the registries "a", "b".',
    })
    expect((error.cause as AggregateError).errors.map(({ registry }) => registry)).toEqual(['a', 'b'])
  })

  test.for([
    [
      'a refusal and a missing service',
      invalid('INVALID_NAME'),
      notFound('SERVICE_NOT_FOUND', false),
      'SERVICE_NOT_FOUND',
    ],
    [
      'a missing service and a refusal',
      notFound('SERVICE_NOT_FOUND', false),
      invalid('INVALID_NAME'),
      'SERVICE_NOT_FOUND',
    ],
    [
      'a missing default and a missing service',
      notFound('NO_DEFAULT', true),
      notFound('SERVICE_NOT_FOUND', false),
      'NO_DEFAULT',
    ],
    [
      'two services without it',
      notFound('NO_DEFAULT', true),
      notFound('REVISION_NOT_FOUND', true),
      'REVISION_NOT_FOUND',
    ],
  ] as const)(
    'a lookup that ends with %s has the not_found of the registry that knows most of the name',
    async ([, one, other, reason]) => {
      first.setGate(one)
      second.setGate(other)
      expect(await failure(named(first, second).get('my-org/x'))).toMatchObject({
        ...{ code: 'not_found', reason, registry: undefined },
        metadata: { service_exists: reason !== 'SERVICE_NOT_FOUND' },
        message: 'Service revision not found. my-org/x is in none of the registries "a", "b".',
      })
    },
  )
})

describe('a lookup in one registry', () => {
  test.for([
    ['INVALID_NAMESPACE', invalid('INVALID_NAMESPACE'), {}],
    ['NO_DEFAULT', notFound('NO_DEFAULT', true), { service_exists: true }],
    ['SERVICE_NOT_FOUND', notFound('SERVICE_NOT_FOUND', false), { service_exists: false }],
  ] as const)('a lookup in one registry ends with the error of that registry: %s', async ([reason, gate, metadata]) => {
    first.setGate(gate)
    const error = await failure(createRegistryClient({ baseUrl: first.url }).get('My_Org/x'))
    expect(error).toMatchObject({ reason, registry: first.url, message: `${reason} said` })
    expect(error.metadata).toEqual(metadata)
  })
})

test('lookups that only look alike have separate answers in the cache', async () => {
  const client = createRegistryClient({ baseUrl: last.url, cache: { maxAge: 60_000 } })
  expect((await client.get('my-org/x', { alias: 'a' })).name).toBe('x')
  expect((await client.get('my-org/x?{"alias":"a"}')).name).toBe('x?{"alias"')
  expect((await client.get('my-org/x","x')).name).toBe('x","x')
  expect((await client.get('my-org/x')).name).toBe('x')
})
