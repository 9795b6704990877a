import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { sleep } from '../../src/client/calls/call.ts'
import { Cancellation } from '../../src/client/calls/cancellation.ts'
import { openClient } from '../../src/client/calls/client.ts'
import { retrying } from '../../src/client/calls/retry.ts'
import * as node from '../../src/client/index.ts'
import { connectForUnary } from '../../src/client/transports/unary-transport.ts'
import * as web from '../../src/client/web.ts'
import { eventually } from '../support/eventually.ts'
import { answer, type GatedRegistry, silent, startGatedRegistry } from '../support/gated-registry.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let registry: GatedRegistry
let other: GatedRegistry

beforeAll(async () => {
  registry = await startGatedRegistry()
  other = await startGatedRegistry()
})

afterEach(() => {
  vi.restoreAllMocks()
  registry.reset()
  other.reset()
})

afterAll(async () => {
  await registry.close()
  await other.close()
})

describe.for([
  ['waypost', node.createRegistryClient],
  ['waypost/web', web.createRegistryClient],
  ['the command line', (options: node.RegistryClientOptions) => openClient(options, connectForUnary)],
] as const)('a call of %s', ([, create]) => {
  const client = (options: node.ClientSettings = {}) => create({ baseUrl: registry.url, ...options })

  test.for(['get', 'register'] as const)(
    '%s gives up at its deadline, and the error names the registry',
    async (method) => {
      registry.setGate(silent)
      await expect(client()[method]('my-org/x:1', { timeoutMs: 50 })).rejects.toMatchObject({
        code: 'deadline_exceeded',
        reason: 'REGISTRY_UNREACHABLE',
        registry: registry.url,
      })
    },
  )

  test('a call that reaches its deadline in a later try has the failure of the try before as its cause', async () => {
    let tries = 0
    registry.setGate((request, response, pass) => {
      // On a busy machine, a request of the test before may arrive only now. Its deadline is shorter.
      if (Number(request.headers['connect-timeout-ms']) > 50 && ++tries === 1) answer(503)(request, response, pass)
    })
    vi.spyOn(Math, 'random').mockReturnValue(0)
    await expect(client({ timeoutMs: 2_000 }).get('my-org/x')).rejects.toMatchObject({
      code: 'deadline_exceeded',
      cause: { code: 'unavailable', message: expect.stringContaining('HTTP 503') },
    })
  })

  test('a call without a deadline has the deadline of the client', async () => {
    registry.setGate(silent)
    await expect(client({ timeoutMs: 50 }).get('my-org/x')).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })

  test('a call tells the server its deadline', async () => {
    await client({ timeoutMs: 20_000 }).register('my-org/told:1')
    const told = Number(registry.requests[0]?.headers['connect-timeout-ms'])
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThanOrEqual(20_000)
  })

  test('a call has one deadline for all registries that it asks', async () => {
    other.setGate(silent)
    const registries = [registry, other].map(({ url }, at) => ({ name: `${at}`, baseUrl: url }))
    await expect(create({ registries }).get('my-org/x', { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      registry: '1',
      message: expect.stringContaining('registry "1" cannot be reached (no answer within 2000 ms)'),
    })
  })

  test('a call rejects as soon as its signal aborts, and its request is aborted', async () => {
    const isCut = new Promise((resolve) => registry.setGate((request) => request.socket.once('close', resolve)))
    const controller = new AbortController()
    const call = client().get('my-org/x', { signal: controller.signal, timeoutMs: 2 ** 31 - 1 })
    call.catch(() => {})
    await eventually('the request has arrived', async () => registry.requests.length === 1)
    controller.abort('enough')
    await expect(call).rejects.toMatchObject({ code: 'canceled', reason: 'CANCELED', cause: 'enough' })
    await isCut
  })

  test('a call whose signal is already aborted sends nothing', async () => {
    const signal = AbortSignal.abort('too late')
    await expect(client().get('my-org/x', { signal })).rejects.toMatchObject({ code: 'canceled', cause: 'too late' })
    expect(registry.requests).toEqual([])
  })

  test('a call leaves no listener on its signal', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    await client().register('my-org/tidy:1', { signal })
    expect(add.mock.calls.length).toBeGreaterThan(0)
    expect(remove.mock.calls.length).toBe(add.mock.calls.length)
  })

  test.for(['get', 'register'] as const)('%s is retried if the registry is unavailable', async (method) => {
    await client().register('my-org/again:1')
    registry.reset()
    registry.setGate((request, response, pass) => {
      if (registry.requests.length > 2) pass()
      else answer(503)(request, response, pass)
    })
    await client({ timeoutMs: 30_000 })[method]('my-org/again:1')
    expect(registry.requests).toHaveLength(3)
  })

  test('a call is attempted at most 5 times', async () => {
    registry.setGate(answer(503))
    await expect(client({ timeoutMs: 60_000 }).get('my-org/x')).rejects.toMatchObject({ code: 'unavailable' })
    expect(registry.requests).toHaveLength(5)
  })

  test.for([400, 401, 403, 404, 409, 500, 501] as const)(
    'a call is not retried after the status %i',
    async (status) => {
      registry.setGate(answer(status))
      await expect(client().get('my-org/x')).rejects.toMatchObject({ registry: registry.url })
      expect(registry.requests).toHaveLength(1)
    },
  )

  test('a call is not retried after a not_found of the registry', async () => {
    await expect(client().get('my-org/nothing')).rejects.toMatchObject({ code: 'not_found' })
    expect(registry.requests).toHaveLength(1)
  })

  test('a call can be aborted between two attempts', async () => {
    registry.setGate(answer(503))
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const controller = new AbortController()
    const call = client({ timeoutMs: 60_000 }).get('my-org/x', { signal: controller.signal })
    call.catch(() => {})
    await eventually('it was asked', async () => registry.requests.length > 0)
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'canceled' })
  })

  test('a registration whose answer was lost is retried and reported as a replay', async () => {
    const proxy = await startTcpProxy(Number(new URL(registry.url).port))
    proxy.loseAnswers()
    registry.setGate((_request, _response, pass) => {
      if (registry.requests.length > 1) proxy.restore()
      pass()
    })
    const lossy = create({ baseUrl: `http://127.0.0.1:${proxy.port}`, timeoutMs: 30_000 })
    const { replayed } = await lossy.register('my-org/lost:1')
    expect(replayed).toBe(true)
    expect(registry.requests.length).toBeGreaterThan(1)
    await proxy.close()
  })
})

describe('tries', () => {
  const unavailable = new node.RegistryError({ code: 'unavailable', reason: 'STORE_UNAVAILABLE', message: 'down' })
  const callWith = (remainingMs: number) => ({
    ...{ cancellation: new Cancellation(), signal: new AbortController().signal },
    progress: {},
    remainingMs: () => remainingMs,
    deadlineMs: () => undefined,
  })

  test('attempts end with the last error if the next pause would exceed the remaining time', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const attempt = vi.fn().mockRejectedValue(unavailable)
    await expect(retrying(callWith(199), attempt)).rejects.toBe(unavailable)
    expect(attempt, 'after pauses of 50 and 100, not of 200').toHaveBeenCalledTimes(3)
  })

  test('pauses between attempts are random and double in length', async () => {
    const lengths = vi.spyOn(globalThis, 'setTimeout')
    vi.spyOn(Math, 'random')
      .mockReturnValueOnce(0)
      .mockReturnValueOnce(0.5)
      .mockReturnValueOnce(0.25)
      .mockReturnValue(0.125)
    await expect(retrying(callWith(60_000), () => Promise.reject(unavailable))).rejects.toBe(unavailable)
    expect(lengths.mock.calls.map(([, ms]) => ms)).toEqual([0, 50, 50, 50])
  })

  test('a pause ends as soon as the call is over, and no attempt follows', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const controller = new AbortController()
    const attempt = vi.fn(async () => {
      setImmediate(() => controller.abort('enough'))
      throw unavailable
    })
    const call = { ...callWith(60_000), signal: controller.signal }
    await expect(retrying(call, attempt)).rejects.toBe('enough')
    expect(attempt).toHaveBeenCalledOnce()
  })

  test('an aborted pause leaves no timer', async () => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    await expect(sleep(60_000, AbortSignal.abort('enough'))).rejects.toBe('enough')
    expect(cleared).toHaveBeenCalledOnce()
  })
})
