import { once } from 'node:events'
import { createServer as createHttp1Server } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Client, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { type KnownReason, RegistryError, reasons } from '../../src/domain/errors.ts'
import { createRegistryHandler, type Store } from '../../src/server.ts'

let reason: KnownReason
/** A store whose every method rejects with the reason. */
const store = new Proxy({} as Store, {
  get: () => async () => {
    throw new RegistryError({ reason, message: 'no.' })
  },
})
const handler = createRegistryHandler({ store })
const http1 = createHttp1Server(handler)
const http2 = createHttp2Server(handler)
const urls: string[] = []

beforeAll(async () => {
  for (const server of [http1, http2]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }
})

afterAll(() => {
  http1.closeAllConnections()
  http1.close()
  http2.close()
})

const waits = (Object.keys(reasons) as KnownReason[]).filter((each) => 'retryAfterS' in reasons[each])

test('a caller is asked to wait after the errors that pass by themselves, and after no other', () => {
  expect(waits.toSorted()).toEqual(['CLOCK_SKEW', 'NEWER_ENTRY', 'STORE_UNAVAILABLE', 'TOO_MANY_CHANGES'])
  const unavailable = Object.values(reasons).filter(({ code }) => code === 'unavailable')
  expect(unavailable.every((each) => 'retryAfterS' in each)).toBe(true)
})

describe.for<readonly [string, string, string, () => Transport]>([
  ['Connect', 'retry-after', '1', () => createConnectTransport({ httpVersion: '1.1', baseUrl: urls[0] ?? '' })],
  ['gRPC', 'grpc-retry-pushback-ms', '1000', () => createGrpcTransport({ baseUrl: urls[1] ?? '' })],
  [
    'gRPC-Web',
    'grpc-retry-pushback-ms',
    '1000',
    () => createGrpcWebTransport({ httpVersion: '1.1', baseUrl: urls[0] ?? '' }),
  ],
])('over %s', ([protocol, field, value, open]) => {
  let client: Client<typeof ServiceRegistry>
  beforeAll(() => {
    client = createClient(ServiceRegistry, open())
  })
  const failureOf = async () => {
    const get = client.get({ namespace: 'my-org', name: 'my-service' })
    return ConnectError.from(await get.catch((error) => error))
  }

  test.for(waits)(`%s over ${protocol} has a RetryInfo, and ${field}: ${value}`, async (each) => {
    reason = each
    const error = await failureOf()
    expect(error.metadata.get(field)).toBe(value)
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 1n, nanos: 0 } }])
  })

  test(`an error that another try does not change has no wait over ${protocol}`, async () => {
    reason = 'DAMAGED_ENTRY'
    const error = await failureOf()
    expect([error.metadata.get(field), error.findDetails(RetryInfoSchema)]).toEqual([null, []])
  })
})

test.for(waits)('%s over REST has Retry-After: 1', async (each) => {
  reason = each
  const { status, headers } = await fetch(`${urls[0]}/services/my-org/my-service`)
  expect([status, headers.get('retry-after')]).toEqual([each === 'TOO_MANY_CHANGES' ? 429 : 503, '1'])
})

test('an error that another try does not change has no Retry-After over REST', async () => {
  reason = 'DAMAGED_ENTRY'
  const { status, headers } = await fetch(`${urls[0]}/services/my-org/my-service`)
  expect([status, headers.get('retry-after')]).toEqual([500, null])
})

test.for(['/readyz', '/readyz?for=writes'])('%s has Retry-After while the store cannot be reached', async (path) => {
  reason = 'STORE_UNAVAILABLE'
  const { status, headers } = await fetch(`${urls[0]}${path}`)
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
})
