import { once } from 'node:events'
import { createServer as createHttp1Server } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Client, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../../src/domain/errors.ts'
import { type KnownReason, type ReasonDescriptor, reasons } from '../../src/domain/reasons.ts'
import { createRegistryHandler, type Store } from '../../src/server.ts'

let reason: KnownReason
let retryAfterMs: number | undefined
/** A store whose every method rejects with the reason. */
const store = new Proxy({} as Store, {
  get: () => async () => {
    throw new RegistryError({ reason, message: 'no.', retryAfterMs })
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

beforeEach(() => {
  retryAfterMs = undefined
})

const waits = (Object.keys(reasons) as KnownReason[]).filter((each) => 'retryAfterS' in reasons[each])

test('a caller is asked to wait after the errors that pass by themselves, and after no other', () => {
  expect(waits.toSorted()).toEqual([
    ...['CALL_TOKEN_FAILED', 'CLOCK_SKEW', 'ISSUER_UNREACHABLE', 'NEWER_ENTRY', 'RATE_LIMITED'],
    ...['STORE_UNAVAILABLE', 'TOO_MANY_CHANGES'],
  ])
  const unavailable = Object.values(reasons).filter(({ code }) => code === 'unavailable')
  expect(unavailable.every((each) => 'retryAfterS' in each)).toBe(true)
})

/** The seconds that a reason asks for. */
function secondsOf(each: KnownReason): number {
  const { retryAfterS = 0 }: ReasonDescriptor = reasons[each]
  return retryAfterS
}

describe.for<readonly [string, string, number, () => Transport]>([
  ['Connect', 'retry-after', 1, () => createConnectTransport({ httpVersion: '1.1', baseUrl: urls[0] ?? '' })],
  ['gRPC', 'grpc-retry-pushback-ms', 1000, () => createGrpcTransport({ baseUrl: urls[1] ?? '' })],
  [
    'gRPC-Web',
    'grpc-retry-pushback-ms',
    1000,
    () => createGrpcWebTransport({ httpVersion: '1.1', baseUrl: urls[0] ?? '' }),
  ],
])('over %s', ([protocol, field, perSecond, open]) => {
  let client: Client<typeof ServiceRegistry>
  beforeAll(() => {
    client = createClient(ServiceRegistry, open())
  })
  const failureOf = async () => {
    const get = client.get({ namespace: 'my-org', name: 'my-service' })
    return ConnectError.from(await get.catch((error) => error))
  }

  test.for(waits)(`%s over ${protocol} has a RetryInfo, and ${field}`, async (each) => {
    reason = each
    const error = await failureOf()
    expect(error.metadata.get(field)).toBe(`${secondsOf(each) * perSecond}`)
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([
      { retryDelay: { seconds: BigInt(secondsOf(each)), nanos: 0 } },
    ])
  })

  test(`an error that knows its own wait sends it over ${protocol}, and no field asks for less`, async () => {
    reason = 'RATE_LIMITED'
    retryAfterMs = 2_340.2
    const error = await failureOf()
    expect(error.metadata.get(field)).toBe(perSecond === 1 ? '3' : '2341')
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 2n, nanos: 341_000_000 } }])
  })

  test(`a wait without an end is not sent over ${protocol}`, async () => {
    reason = 'DAMAGED_ENTRY'
    retryAfterMs = Number.POSITIVE_INFINITY
    const error = await failureOf()
    expect([error.metadata.get(field), error.findDetails(RetryInfoSchema)]).toEqual([null, []])
  })

  test(`an error that another try does not change has no wait over ${protocol}`, async () => {
    reason = 'DAMAGED_ENTRY'
    const error = await failureOf()
    expect([error.metadata.get(field), error.findDetails(RetryInfoSchema)]).toEqual([null, []])
  })
})

test.for(waits)('%s over REST has Retry-After', async (each) => {
  reason = each
  const { status, headers } = await fetch(`${urls[0]}/services/my-org/my-service`)
  expect([429, 503]).toContain(status)
  expect(headers.get('retry-after')).toBe(`${secondsOf(each)}`)
})

test.for([
  [1, '1'],
  [1_000, '1'],
  [1_001, '2'],
  [59_999.5, '60'],
] as const)('an error that asks for %f ms has Retry-After: %s over REST', async ([ms, seconds]) => {
  reason = 'RATE_LIMITED'
  retryAfterMs = ms
  const { status, headers } = await fetch(`${urls[0]}/services/my-org/my-service`)
  expect([status, headers.get('retry-after')]).toEqual([429, seconds])
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
