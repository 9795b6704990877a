import { fileURLToPath } from 'node:url'
import { type Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import type { RunningServer } from '../../src/compose.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'

// grpc-js reads the .proto file itself: no code of ours takes part on the client's side.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

type Call = (request: object, callback: (error: unknown, response: unknown) => void) => void
type RegistryStub = Client & { readonly Register: Call; readonly Get: Call }

describeOnEachStore('a grpc-js client that loads the .proto', (createStorage) => {
  let storage: Storage
  let server: RunningServer
  let stub: RegistryStub

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage)
    stub = loadStub(server.url.replace('http://', ''))
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

  test('registers and gets, and sees the same registry as a Connect client', async () => {
    const revision = { ...service, revision_tag: '1.2.9', is_default: true }
    expect(await call('Register', { ...service, revision_tag: '1.2.9' })).toMatchObject({ revision, replayed: false })
    expect(await call('Register', { ...service, revision_tag: '1.2.9' })).toMatchObject({ revision, replayed: true })
    expect(await call('Get', service)).toMatchObject({ revision })

    const client = createRegistryClient({ baseUrl: server.url })
    expect(await client.get('my-org/my-service')).toMatchObject({ revisionTag: '1.2.9', isDefault: true })
    await client.register('my-org/my-service:1.3.0')
    expect(await call('Get', service)).toMatchObject({ revision: { revision_tag: '1.3.0' } })
  })

  test('tells an absent is_default from a false one', async () => {
    const held = { ...service, name: 'held-back' }
    await call('Register', { ...held, revision_tag: '1.0.0', is_default: false })
    await expect(call('Get', held)).rejects.toMatchObject({ code: 5, details: 'Service revision not found.' })
    expect(await call('Get', { ...held, revision_tag: '1.0.0' })).toMatchObject({ revision: { is_default: false } })
  })

  test('gets the status codes of gRPC, with their details', async () => {
    await expect(call('Get', { namespace: 'My-Org', name: 'x' })).rejects.toMatchObject({
      code: 3,
      details: expect.stringContaining('namespace "My-Org" is not valid'),
    })
  })
})

function loadStub(address: string): RegistryStub {
  const definition = loadSync('waypost/v1/service_registry.proto', {
    includeDirs: [`${ROOT}proto`, `${ROOT}node_modules/google-proto-files`],
    keepCase: true,
    defaults: true,
  })
  const { waypost } = loadPackageDefinition(definition) as unknown as {
    waypost: { v1: { ServiceRegistry: ServiceClientConstructor } }
  }
  return new waypost.v1.ServiceRegistry(address, credentials.createInsecure()) as unknown as RegistryStub
}
