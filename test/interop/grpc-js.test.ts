import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { type GrpcStub, loadGrpcStub } from '../support/grpc-stub.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'

describeOnEachStore('a grpc-js client that loads the .proto', (createStorage) => {
  let storage: Storage
  let server: RunningServer
  let stub: GrpcStub

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage)
    stub = loadGrpcStub(server.url)
  })

  afterAll(async () => {
    stub.close()
    await server.close()
    await storage.remove()
  })

  const call = (method: 'Register' | 'Get', request: object) =>
    new Promise((resolve, reject) => {
      stub[method](request, (error, response) => (error ? reject(error) : resolve(response)))
    })
  const service = { namespace: 'my-org', name: 'my-service' }

  test('a grpc-js client with the .proto registers and gets in the same registry as a Connect client', async () => {
    const revision = { ...service, revision_tag: '1.2.9', is_default: true }
    expect(await call('Register', { ...service, revision_tag: '1.2.9' })).toMatchObject({ revision, replayed: false })
    expect(await call('Register', { ...service, revision_tag: '1.2.9' })).toMatchObject({ revision, replayed: true })
    expect(await call('Get', service)).toMatchObject({ revision })

    const client = createRegistryClient({ baseUrl: server.url })
    expect(await client.get('my-org/my-service')).toMatchObject({ revisionTag: '1.2.9', isDefault: true })
    await client.register('my-org/my-service:1.3.0')
    expect(await call('Get', service)).toMatchObject({ revision: { revision_tag: '1.3.0' } })
  })

  test('a grpc-js client distinguishes an absent is_default from a false one', async () => {
    const held = { ...service, name: 'held-back' }
    await call('Register', { ...held, revision_tag: '1.0.0', is_default: false })
    await expect(call('Get', held)).rejects.toMatchObject({
      code: 5,
      details: expect.stringMatching(/^Service revision not found. my-org\/held-back has no default revision; /),
    })
    expect(await call('Get', { ...held, revision_tag: '1.0.0' })).toMatchObject({ revision: { is_default: false } })
  })

  test('a grpc-js client gets the status codes of gRPC with their details', async () => {
    await expect(call('Get', { namespace: 'My-Org', name: 'x' })).rejects.toMatchObject({
      code: 3,
      details: expect.stringContaining('namespace "My-Org" is not valid'),
    })
  })
})
