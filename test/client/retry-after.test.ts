import { Code, ConnectError } from '@connectrpc/connect'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { Cancellation } from '../../src/client/calls/cancellation.ts'
import { openClient } from '../../src/client/calls/client.ts'
import { retrying } from '../../src/client/calls/retry.ts'
import { retryAfterMs } from '../../src/client/calls/retry-after.ts'
import * as node from '../../src/client/index.ts'
import { connectForUnary } from '../../src/client/transports/unary-transport.ts'
import * as web from '../../src/client/web.ts'
import { type GatedRegistry, startGatedRegistry } from '../support/gated-registry.ts'

const NOW = new Date('2026-11-26T12:00:00Z')
const LATER = 'Thu, 26 Nov 2026 12:00:07 GMT'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('the wait that an answer asks for', () => {
  test.for<readonly [string, Record<string, string>, number | undefined]>([
    ['no field', {}, undefined],
    ['seconds', { 'retry-after': '3' }, 3_000],
    ['seconds with spaces around them', { 'retry-after': ' 3 ' }, 3_000],
    ['0 seconds', { 'retry-after': '0' }, 0],
    ['more seconds than a number holds exactly', { 'retry-after': '99999999999999999999' }, 1e23],
    ['a date', { 'retry-after': LATER }, 7_000],
    ['a date in an obsolete form', { 'retry-after': 'Thursday, 26-Nov-26 12:00:07 GMT' }, 7_000],
    ['a date that has passed', { 'retry-after': 'Thu, 26 Nov 2026 11:00:00 GMT' }, 0],
    ['a date of a server whose clock is late', { 'retry-after': LATER, date: 'Thu, 26 Nov 2026 12:00:05 GMT' }, 2_000],
    ['a date that does not exist', { 'retry-after': 'Thu, 99 Nov 2026 12:00:07 GMT' }, undefined],
    ['negative seconds', { 'retry-after': '-1' }, undefined],
    ['a fraction', { 'retry-after': '1.5' }, undefined],
    ['two values', { 'retry-after': '1, 2' }, 2_000],
    ['two dates', { 'retry-after': `${LATER}, ${LATER}` }, 7_000],
    ['a text', { 'retry-after': 'soon' }, undefined],
    ['an empty value', { 'retry-after': '' }, undefined],
    ['milliseconds in a trailer of gRPC', { 'grpc-retry-pushback-ms': '250' }, 250],
    ['no other try, in a trailer of gRPC', { 'grpc-retry-pushback-ms': '-1' }, Number.POSITIVE_INFINITY],
    ['a trailer of gRPC that is no number', { 'grpc-retry-pushback-ms': 'soon' }, Number.POSITIVE_INFINITY],
    ['a header and a trailer', { 'retry-after': '3', 'grpc-retry-pushback-ms': '250' }, 3_000],
  ])('an answer with %s asks for the right wait', ([, metadata, ms]) => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    expect(retryAfterMs(new ConnectError('busy', Code.Unavailable, metadata))).toBe(ms)
  })

  test.for<readonly [string, { seconds?: bigint; nanos?: number }, number]>([
    ['seconds and nanoseconds', { seconds: 2n, nanos: 500_000_000 }, 2_500],
    ['a negative delay', { seconds: -2n }, 0],
  ])('an answer with %s in its RetryInfo asks for the right wait', ([, retryDelay, ms]) => {
    const error = new ConnectError('busy', Code.Unavailable)
    error.details.push({ desc: RetryInfoSchema, value: { retryDelay } })
    expect(retryAfterMs(error)).toBe(ms)
  })
})

describe('a call', () => {
  const failure = (code: node.ErrorCode, retryAfterMs?: number) =>
    new node.RegistryError({ code, reason: 'BUSY', message: 'busy', retryAfterMs })
  const callWith = (remainingMs: number) => ({
    ...{ cancellation: new Cancellation(), signal: new AbortController().signal, progress: {} },
    ...{ remainingMs: () => remainingMs, deadlineMs: () => undefined },
  })
  /** The lengths of the pauses of a call that fails 5 times. The pauses take no time. */
  async function pausesOf(error: node.RegistryError, remainingMs: number) {
    vi.restoreAllMocks()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback) => {
      queueMicrotask(callback)
      return 0 as never
    })
    await expect(retrying(callWith(remainingMs), () => Promise.reject(error))).rejects.toBe(error)
    return timers.mock.calls.map(([, ms]) => ms)
  }

  test('a call waits as long as the registry asks, and a random time in addition', async () => {
    expect(await pausesOf(failure('unavailable', 2_000), 60_000)).toEqual([2_025, 2_050, 2_100, 2_200])
  })

  test('a call that may not end in time fails at once with the error of the registry', async () => {
    expect(await pausesOf(failure('unavailable', 2_000), 2_000)).toEqual([])
    expect(await pausesOf(failure('unavailable', Number.POSITIVE_INFINITY), 2 ** 31 - 1)).toEqual([])
  })

  test('a call is repeated after resource_exhausted only if the registry tells when', async () => {
    expect(await pausesOf(failure('resource_exhausted', 1_000), 60_000)).toHaveLength(4)
    expect(await pausesOf(failure('resource_exhausted'), 60_000)).toEqual([])
  })

  test('a call is not repeated after any other error, even if the answer tells when', async () => {
    expect(await pausesOf(failure('internal', 1_000), 60_000)).toEqual([])
  })
})

describe('an answer over the wire', () => {
  let registry: GatedRegistry
  beforeAll(async () => {
    registry = await startGatedRegistry()
  })
  afterAll(() => registry.close())
  afterEach(() => registry.reset())

  const clients = [
    ['waypost', (baseUrl: string) => node.createRegistryClient({ baseUrl })],
    ['the command line', (baseUrl: string) => openClient({ baseUrl }, connectForUnary)],
    ['waypost/web over Connect', (baseUrl: string) => web.createRegistryClient({ baseUrl })],
    ['waypost/web over gRPC-Web', (baseUrl: string) => web.createRegistryClient({ baseUrl, protocol: 'grpc-web' })],
  ] as const

  describe.for(clients)('%s', ([name, create]) => {
    test.for([
      ['a proxy that is down', 503, {}],
      ['a proxy that limits the rate', 429, {}],
      ['a proxy that answers with JSON', 503, { 'content-type': 'application/json' }],
    ] as const)(`${name} asks %s once if it wants a longer wait than the deadline`, async ([, status, headers]) => {
      registry.setGate((_request, response) => {
        response.writeHead(status, { 'retry-after': '3600', ...headers }).end('{"message": 1}')
      })
      await expect(create(registry.url).get('my-org/x')).rejects.toMatchObject({
        ...{ code: 'unavailable', reason: 'REGISTRY_UNREACHABLE', retryAfterMs: 3_600_000 },
        message: expect.stringContaining(`HTTP ${status}`),
      })
      expect(registry.requests).toHaveLength(1)
    })

    test(`${name} asks again when a wait of 0 seconds is over`, async () => {
      await create(registry.url).register('my-org/soon:1.0.0')
      registry.reset()
      registry.setGate((_request, response, pass) => {
        if (registry.requests.length > 1) pass()
        else response.writeHead(503, { 'retry-after': '0' }).end()
      })
      await create(registry.url).get('my-org/soon')
      expect(registry.requests).toHaveLength(2)
    })
  })

  test('a client over gRPC-Web reads the wait from the trailers of an answer', async () => {
    registry.setGate((_request, response) => {
      const status = { 'grpc-status': '8', 'grpc-message': 'busy', 'grpc-retry-pushback-ms': '3600000' }
      response.writeHead(200, { 'content-type': 'application/grpc-web+proto', ...status }).end()
    })
    const client = web.createRegistryClient({ baseUrl: registry.url, protocol: 'grpc-web' })
    await expect(client.get('my-org/x')).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterMs: 3_600_000 })
    expect(registry.requests).toHaveLength(1)
  })
})
