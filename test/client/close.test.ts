import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'
import { collect } from '../support/collect.ts'
import { eventually } from '../support/eventually.ts'
import { type SimpleRegistry, startSimpleRegistry } from './simple-registry.ts'

let registry: SimpleRegistry
let release = () => {}

beforeAll(async () => {
  registry = await startSimpleRegistry()
})

afterEach(() => release())

afterAll(() => registry.close())

const closed = { name: 'RegistryError', code: 'failed_precondition', reason: 'CLIENT_CLOSED' }

describe.for([
  ['waypost', node.createRegistryClient],
  ['waypost/web', web.createRegistryClient],
] as const)('a closed client of %s', ([, create]) => {
  test('a closed client rejects every later call and sends nothing', async () => {
    const client = create({ baseUrl: registry.url, cache: { maxAge: 60_000 } })
    await client.get('my-org/x')
    const before = registry.requests.length
    await client.close()
    await expect(client.get('my-org/x'), 'an answer of the cache').rejects.toMatchObject(closed)
    await expect(client.register('my-org/x:1')).rejects.toMatchObject(closed)
    await expect(client.aliases.list('my-org/x')).rejects.toMatchObject(closed)
    await expect(collect(client.services.list())).rejects.toMatchObject(closed)
    expect(registry.requests).toHaveLength(before)
  })

  test('a client can be closed twice', async () => {
    const client = create({ baseUrl: registry.url })
    await client.close()
    await expect(client.close()).resolves.toBeUndefined()
  })

  test('closing a client does not end or await calls in progress', async () => {
    const client = create({ baseUrl: registry.url })
    release = registry.hold()
    const before = registry.requests.length
    const call = client.get('my-org/x')
    await eventually('the request has arrived', async () => registry.requests.length > before)
    await client.close()
    release()
    expect(await call).toMatchObject({ revisionTag: '1.0.0' })
    expect(registry.requests, 'it was not cut and sent again').toHaveLength(before + 1)
  })

  test('a closed client does not request the next page of a list', async () => {
    const client = create({ baseUrl: registry.url })
    const namespaces = client.services.listNamespaces()[Symbol.asyncIterator]()
    expect(await namespaces.next()).toEqual({ value: 'a', done: false })
    await client.close()
    await expect(namespaces.next()).rejects.toMatchObject(closed)
  })

  test('a client that is declared with "using" is closed at the end of the block', async () => {
    const seen: node.RegistryClient[] = []
    {
      await using client = create({ baseUrl: registry.url })
      await client.get('my-org/x')
      seen.push(client)
    }
    await expect(seen[0]?.get('my-org/x')).rejects.toMatchObject(closed)
  })
})

describe('the connections of a client for Node', () => {
  test('a connection stays open for the next call and is closed with its client', async () => {
    const before = registry.connections()
    const client = node.createRegistryClient({ baseUrl: registry.url })
    await client.get('my-org/x')
    await client.get('my-org/x')
    expect(registry.connections()).toBe(before + 1)
    // A connection becomes idle in Node a moment after the answer.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const closedAt = performance.now()
    await client.close()
    await eventually('it is closed', async () => registry.connections() === before)
    // Node closes an idle connection by itself after 5 seconds.
    expect(performance.now() - closedAt).toBeLessThan(4_000)
  })

  test('a connection in use is closed after its calls', async () => {
    const before = registry.connections()
    const client = node.createRegistryClient({ baseUrl: registry.url })
    release = registry.hold()
    const call = client.get('my-org/x')
    await eventually('it is in use', async () => registry.connections() > before)
    await client.close()
    release()
    await call
    const answeredAt = performance.now()
    await eventually('it is closed', async () => registry.connections() === before)
    expect(performance.now() - answeredAt).toBeLessThan(4_000)
  })

  test('closing a client does not close the connections of another client', async () => {
    const [one, other] = [0, 1].map(() => node.createRegistryClient({ baseUrl: registry.url }))
    await one?.get('my-org/x')
    await other?.get('my-org/x')
    const before = registry.connections()
    await one?.close()
    await eventually('that of one is closed', async () => registry.connections() === before - 1)
    await other?.get('my-org/x')
    expect(registry.connections()).toBe(before - 1)
    await other?.close()
  })
})

test('a process ends at once, whether it closed its client or not', async () => {
  const entry = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))
  for (const end of ['', 'await client.close()']) {
    const program = `
      const { createRegistryClient } = await import(${JSON.stringify(entry)})
      const client = createRegistryClient({ baseUrl: ${JSON.stringify(registry.url)} })
      await client.get('my-org/x')
      ${end}
      console.log(performance.now())
      process.on('exit', () => console.log(performance.now()))
    `
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    const [done = 0, exited = 0] = stdout.trim().split('\n').map(Number)
    expect(exited - done, end).toBeLessThan(2_000)
  }
})
