import { expect, test } from 'vitest'
import { apis } from '../../support/api.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { startInProcess } from '../../support/in-process.ts'

const service = { namespace: 'my-org', name: 'my-service' }

describeOnEachStore('writers of one service', (createStorage) => {
  test('30 concurrent registrations are all stored, and the highest version becomes the default', async () => {
    const storage = await createStorage()
    const server = await startInProcess(storage)
    const api = apis.gRPC(server.url)
    const tags = Array.from({ length: 30 }, (_, index) => `1.${index}.0`)
    await Promise.all(tags.map((revision_tag) => api.call('register', { ...service, revision_tag })))
    const { services } = await api.call('listServices', { prefix: 'my-org/my-service' })
    expect(services).toMatchObject([{ revision_count: 30, default_revision_tag: '1.29.0' }])
    api.close()
    await server.close()
    await storage.remove()
  })
})
