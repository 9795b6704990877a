import { AsyncLocalStorage } from 'node:async_hooks'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createRegistryClient, type LookupCacheOptions, type RegistryClientOptions } from '../../src/client/index.ts'
import { eventually } from '../support/eventually.ts'
import { answer, type Gate, type GatedRegistry, open, silent, startGatedRegistry } from '../support/gated-registry.ts'

const HOUR_MS = 3_600_000

let registry: GatedRegistry

beforeAll(async () => {
  registry = await startGatedRegistry()
})

afterEach(() => {
  vi.restoreAllMocks()
  registry.reset()
})

afterAll(() => registry.close())

const client = (cache?: LookupCacheOptions, options: Partial<RegistryClientOptions> = {}) =>
  createRegistryClient({ ...options, baseUrl: registry.url, cache } as RegistryClientOptions)

/** Makes a new service for a test. Its revisions are registered without the client of the test. */
let services = 0
async function newService(...tags: string[]): Promise<string> {
  const service = `my-org/service-${++services}`
  for (const tag of tags) await client().register(`${service}:${tag}`)
  registry.reset()
  return service
}

/** Moves the clock of the cache. */
function moveClock(): (ms: number) => void {
  const real = performance.now.bind(performance)
  let moved = 0
  vi.spyOn(performance, 'now').mockImplementation(() => real() + moved)
  return (ms) => {
    moved += ms
  }
}

test('without a cache every lookup sends a request', async () => {
  const service = await newService('1.0.0')
  const calls = client()
  await calls.get(service)
  await calls.get(service)
  expect(registry.requests).toHaveLength(2)
})

test('an answer is reused until its maxAge', async () => {
  const advance = moveClock()
  const service = await newService('1.0.0')
  const calls = client({ maxAge: HOUR_MS })
  await calls.get(service)
  await client().register(`${service}:2.0.0`, { isDefault: true })
  expect((await calls.get(service)).revisionTag).toBe('1.0.0')
  advance(HOUR_MS)
  expect((await calls.get(service)).revisionTag).toBe('2.0.0')
})

test('answers for different targeting keys and different states are cached separately', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: HOUR_MS })
  const time = new Date()
  const different = [{}, { targetingKey: 'a' }, { targetingKey: 'b' }, { at: { generation: 1 } }, { at: { time } }]
  for (const options of [...different, ...different]) await calls.get(service, options)
  await calls.get(service, { at: { time: time.toISOString() } })
  expect(registry.requests).toHaveLength(different.length)
})

test('the default and the revisions of a service are cached separately', async () => {
  const service = await newService('1.0.0', '2.0.0')
  const calls = client({ maxAge: HOUR_MS })
  expect((await calls.get(service)).revisionTag).toBe('2.0.0')
  expect((await calls.get(`${service}:1.0.0`)).revisionTag).toBe('1.0.0')
  expect((await calls.get(service)).revisionTag).toBe('2.0.0')
})

test('a caller cannot change an answer in the cache', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: HOUR_MS })
  const revision = (await calls.get(service)) as { revisionTag: string }
  expect(() => {
    revision.revisionTag = '2'
  }).toThrow(TypeError)
})

test('concurrent lookups of the same thing share one request', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: 0 })
  const answers = await Promise.all(Array.from({ length: 10 }, () => calls.get(service)))
  expect(answers.map(({ revisionTag }) => revisionTag)).toEqual(Array(10).fill('1.0.0'))
  expect(registry.requests).toHaveLength(1)
})

test('a caller that gives up does not abort the shared request of the others', async () => {
  const service = await newService('1.0.0')
  const letGo = holdRequests()
  const calls = client({ maxAge: HOUR_MS })
  const controller = new AbortController()
  const impatient = calls.get(service, { signal: controller.signal })
  const hasty = calls.get(service, { timeoutMs: 20 })
  const patient = calls.get(service)
  await expect(hasty).rejects.toMatchObject({ code: 'deadline_exceeded', registry: registry.url })
  controller.abort()
  await expect(impatient).rejects.toMatchObject({ code: 'canceled' })
  letGo()
  expect((await patient).revisionTag).toBe('1.0.0')
  expect(registry.requests).toHaveLength(1)
})

test('a shared request is aborted when its last caller gives up, and the next caller sends a new one', async () => {
  const service = await newService('1.0.0')
  const isCut = new Promise((resolve) => registry.setGate((request) => request.socket.once('close', resolve)))
  const calls = client({ maxAge: HOUR_MS })
  const controller = new AbortController()
  const call = calls.get(service, { signal: controller.signal })
  call.catch(() => {})
  await eventually('it has arrived', async () => registry.requests.length === 1)
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'canceled' })
  await isCut
  registry.reset()
  expect((await calls.get(service)).revisionTag).toBe('1.0.0')
})

test('a caller whose signal is already aborted gets nothing, even if the answer is cached', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: HOUR_MS })
  await calls.get(service)
  await expect(calls.get(service, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' })
})

test('callers whose headers function sends different tokens never share an answer, even at the same time', async () => {
  const service = await newService('1.0.0')
  const user = new AsyncLocalStorage<string>()
  const headers = () => ({ Authorization: `Bearer ${user.getStore()}` })
  const calls = client({ maxAge: HOUR_MS, staleIfError: HOUR_MS }, { headers })
  const as = (name: string) => user.run(name, () => calls.get(service))
  await Promise.all([as('a token of anna'), as('a token of bert'), as('a token of anna')])
  const sent = () => registry.requests.map(({ headers }) => headers.authorization).toSorted()
  expect(sent()).toEqual(['Bearer a token of anna', 'Bearer a token of bert'])
  await Promise.all([as('a token of anna'), as('a token of bert')])
  expect(registry.requests, 'each has an own answer').toHaveLength(2)
  registry.setGate(answer(403))
  await expect(as('a token of carl')).rejects.toMatchObject({ code: 'permission_denied' })
  registry.setGate(answer(503))
  await expect(as('a token of carl')).rejects.toMatchObject({ code: 'unavailable' })
})

test('a headers function that gives no credential does not keep answers apart', async () => {
  const service = await newService('1.0.0')
  let count = 0
  const calls = client({ maxAge: HOUR_MS }, { headers: () => ({ 'x-request': String(++count) }) })
  const answers = [await calls.get(service), await calls.get(service)]
  expect(answers[1]).toBe(answers[0])
  expect(registry.requests).toHaveLength(1)
})

test('at most maxEntries answers are cached, and the least recently used one is dropped first', async () => {
  const [a, b, c] = [await newService('1.0.0'), await newService('1.0.0'), await newService('1.0.0')]
  const calls = client({ maxAge: HOUR_MS, maxEntries: 2 })
  for (const service of [a, b, a, c]) await calls.get(service)
  registry.reset()
  await calls.get(a)
  await calls.get(c)
  expect(registry.requests).toHaveLength(0)
  await calls.get(b)
  expect(registry.requests).toHaveLength(1)
})

const outages: readonly (readonly [string, Gate])[] = [
  ['is down', (request) => request.socket.destroy()],
  ['answers 503', answer(503)],
  ['answers 500', answer(500)],
  ['never answers', silent],
]

test.for(outages)('a stale answer is used for staleIfError if the registry %s', async ([, gate]) => {
  const advance = moveClock()
  const service = await newService('1.0.0')
  const calls = client({ maxAge: 1_000, staleIfError: HOUR_MS }, { timeoutMs: 500 })
  await calls.get(service, { timeoutMs: 30_000 })
  registry.setGate(gate)
  advance(1_000 + HOUR_MS / 2)
  expect((await calls.get(service)).revisionTag, 'no error has emptied the cache').toBe('1.0.0')
  expect((await calls.get(service)).revisionTag).toBe('1.0.0')
  advance(HOUR_MS)
  await expect(calls.get(service)).rejects.toMatchObject({ registry: registry.url })
})

test('a stale answer is used if the token cannot be fetched', async () => {
  const service = await newService('1.0.0')
  let isUp = true
  const token = async () => {
    if (!isUp) throw new Error('no metadata server')
    return { token: 'short', expiresAt: 0 }
  }
  const calls = client({ maxAge: 0, staleIfError: HOUR_MS }, { token })
  await calls.get(service)
  isUp = false
  expect((await calls.get(service)).revisionTag).toBe('1.0.0')
})

test.for([401, 403, 404])('a stale answer is not used if the registry answers %i', async (status) => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: 0, staleIfError: HOUR_MS })
  await calls.get(service)
  registry.setGate(answer(status))
  await expect(calls.get(service)).rejects.toMatchObject({ reason: 'UNEXPECTED_ANSWER' })
  registry.setGate(answer(503))
  expect((await calls.get(service)).revisionTag, 'but it is still there').toBe('1.0.0')
})

test('a caller that gives up gets no stale answer', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: 0, staleIfError: HOUR_MS })
  await calls.get(service)
  registry.setGate(silent)
  const controller = new AbortController()
  const call = calls.get(service, { signal: controller.signal })
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'canceled' })
})

test('a not_found removes the cached answer and is not cached itself', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: 0, staleIfError: HOUR_MS })
  await calls.get(service)
  registry.setGate(lookUpNothing)
  await expect(calls.get(service)).rejects.toMatchObject({ code: 'not_found' })
  registry.setGate(answer(503))
  await expect(calls.get(service)).rejects.toMatchObject({ code: 'unavailable' })
  registry.reset()
  expect((await calls.get(service)).revisionTag).toBe('1.0.0')
})

test('a registration removes the cached answers of that service and of no other', async () => {
  const [service, neighbour] = [await newService('1.0.0'), await newService('1.0.0')]
  const calls = client({ maxAge: HOUR_MS })
  for (const reference of [service, `${service}:1.0.0`, neighbour]) await calls.get(reference)
  await calls.register(`${service}:2.0.0`)
  expect((await calls.get(service)).revisionTag).toBe('2.0.0')
  expect((await calls.get(`${service}:1.0.0`)).isDefault).toBe(false)
  registry.reset()
  await calls.get(neighbour)
  expect(registry.requests).toHaveLength(0)
})

test('an answer that was requested before a registration is not cached', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: HOUR_MS })
  const letGo = holdAnswer()
  const before = calls.get(service)
  await letGo.isHeld
  registry.reset()
  await calls.register(`${service}:2.0.0`)
  expect((await calls.get(service)).revisionTag).toBe('2.0.0')
  letGo()
  expect((await before).revisionTag, 'it asked before').toBe('1.0.0')
  expect((await calls.get(service)).revisionTag).toBe('2.0.0')
})

test('a failed registration also removes the cached answers, because it may have been stored', async () => {
  const service = await newService('1.0.0')
  const calls = client({ maxAge: HOUR_MS })
  await calls.get(service)
  registry.setGate(silent)
  await expect(calls.register(`${service}:2.0.0`, { timeoutMs: 20 })).rejects.toMatchObject({
    code: 'deadline_exceeded',
  })
  registry.reset()
  await calls.get(service)
  expect(registry.requests).toHaveLength(1)
})

/** Keeps lookups from the registry until the returned function is called. */
function holdRequests(): () => void {
  const held: (() => void)[] = []
  registry.setGate((_request, _response, pass) => held.push(pass))
  return () => {
    registry.setGate(open)
    for (const pass of held) pass()
  }
}

/** Lets the first lookup reach the registry, and holds its answer until the returned function is called. */
function holdAnswer(): (() => void) & { isHeld: Promise<void> } {
  let isLetGo = false
  const held: (() => void)[] = []
  const isHeld = new Promise<void>((resolve) => {
    registry.setGate((_request, response, pass) => {
      registry.setGate(open)
      for (const method of ['write', 'end'] as const) {
        const send = response[method].bind(response) as (...args: unknown[]) => unknown
        const hold = (...args: unknown[]) => {
          if (isLetGo) return send(...args)
          held.push(() => send(...args))
          resolve()
          return true
        }
        Object.assign(response, { [method]: hold })
      }
      pass()
    })
  })
  const letGo = () => {
    isLetGo = true
    for (const send of held) send()
  }
  return Object.assign(letGo, { isHeld })
}

/** Makes the registry look for another service, as if the requested one were deleted. */
const lookUpNothing: Gate = (request, _response, pass) => {
  const message = encodeURIComponent(JSON.stringify({ namespace: 'my-org', name: 'nothing' }))
  request.url = `/waypost.v1.ServiceRegistry/Get?connect=v1&encoding=json&message=${message}`
  pass()
}
