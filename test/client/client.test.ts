import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistryClient, RegistryError } from '../../src/client/index.ts'
import { ServiceRegistry } from '../../src/client/proto.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

let storage: Storage
let server: RunningServer

beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage, { basePath: '/registry' })
})

afterAll(async () => {
  await server.close()
  await storage.remove()
})

describe('the client', () => {
  test.for(['', '/', '/registry', '/registry/'])(
    'the client registers and gets at a base URL that ends in "%s"',
    async (end) => {
      const client = createRegistryClient({ baseUrl: `${server.url}${end}` })
      const service = `my-org/at${end.replaceAll('/', '-x')}`
      const revision = { namespace: 'my-org', name: service.split('/')[1], revisionTag: '1.2.9', isDefault: true }
      expect(await client.register(`${service}:1.2.9`)).toEqual({ revision, replayed: false })
      expect(await client.register(`${service}:1.2.9`)).toEqual({ revision, replayed: true })
      expect(await client.get(service)).toEqual(revision)
      expect(await client.get(`${service}:1.2.9`)).toEqual(revision)
    },
  )

  test('a registration can say whether the revision becomes the default', async () => {
    const client = createRegistryClient({ baseUrl: server.url })
    await client.register('my-org/held:1.0.0')
    await client.register('my-org/held:2.0.0', { isDefault: false })
    expect((await client.get('my-org/held')).revisionTag).toBe('1.0.0')
    await client.register('my-org/held:0.9.0', { isDefault: true })
    expect((await client.get('my-org/held')).revisionTag).toBe('0.9.0')
  })

  test.for([
    ['my-org/nothing', 'not_found', 'SERVICE_NOT_FOUND', []],
    ['my-org', 'invalid_argument', 'INVALID_SRUID', ['sruid']],
    ['My-Org/x', 'invalid_argument', 'INVALID_NAMESPACE', ['namespace']],
    ['my-org/x:-', 'invalid_argument', 'INVALID_REVISION_TAG', ['revision_tag']],
  ] as const)('get(%s) rejects with %s', async ([reference, code, reason, fields]) => {
    const error = await createRegistryClient({ baseUrl: server.url })
      .get(reference)
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(RegistryError)
    expect(error).toMatchObject({ code, reason })
    expect(error.fieldViolations.map(({ field }: { field: string }) => field)).toEqual(fields)
  })

  test('an error of the server arrives with its code, its reason and its message', async () => {
    const client = createRegistryClient({ baseUrl: server.url })
    await client.register('my-org/taken:1.0.0')
    await expect(client.register('my-org/taken:1.0.0', { isDefault: true })).rejects.toMatchObject({
      name: 'RegistryError',
      code: 'already_exists',
      reason: 'REVISION_ALREADY_EXISTS',
      message: expect.stringContaining('my-org/taken:1.0.0 is registered with other content'),
    })
  })

  test('a registry where nothing listens is unavailable', async () => {
    const client = createRegistryClient({ baseUrl: 'http://127.0.0.1:1' })
    await expect(client.get('my-org/x')).rejects.toMatchObject({ code: 'unavailable', reason: 'REGISTRY_UNREACHABLE' })
  })

  test('a call to a registry that never answers ends at its deadline', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const client = createRegistryClient({ baseUrl: `http://127.0.0.1:${port}` })
    await expect(client.get('my-org/x')).rejects.toMatchObject({
      code: 'deadline_exceeded',
      reason: 'REGISTRY_UNREACHABLE',
    })
    silent.closeAllConnections()
    silent.close()
  })

  test.for(['', 'not a url', 'ftp://host', '127.0.0.1:8080'])('the base URL "%s" is refused', (baseUrl) => {
    expect(() => createRegistryClient({ baseUrl })).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})

test('the generated service works with a custom transport', async () => {
  const client = createClient(ServiceRegistry, createGrpcTransport({ baseUrl: server.url }))
  const { revision } = await client.register({ namespace: 'my-org', name: 'own-transport', revisionTag: '1.0.0' })
  expect(revision?.isDefault).toBe(true)
})
