import { afterEach, beforeEach, expect, test } from 'vitest'
import { finishUpgrade } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { type Api, apis, type Fields, type Method } from '../../support/api.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { asForm2Storage, readStoredForms } from '../../support/form-2.ts'
import { startInProcess } from '../../support/in-process.ts'
import type { Storage } from '../../support/storage.ts'

const service = { namespace: 'my-org', name: 'my-service' }
const notFinished = {
  ...{ code: 'failed_precondition', reason: 'UPGRADE_NOT_FINISHED' },
  message: expect.stringContaining('end all servers of older versions, and run waypost upgrade --finish'),
}

describeOnEachStore('a registry whose upgrade is not finished', (createStorage) => {
  let storage: Storage
  let server: Awaited<ReturnType<typeof startInProcess>>
  let api: Api
  beforeEach(async () => {
    storage = await asForm2Storage(createStorage())
    server = await startInProcess(storage)
    api = apis.Connect(server.url)
    await call('register', { revision_tag: '1.0.0' })
    await call('register', { revision_tag: '2.0.0', is_default: false })
  })
  afterEach(async () => {
    api.close()
    await server.close()
    await storage.remove()
  })
  const call = (method: Method, fields: Fields) => api.call(method, { ...service, ...fields })

  test('rollouts and reverts are refused, also if they are only validated, and work as soon as the upgrade is finished', async () => {
    const candidates = [{ revision_tag: '2.0.0', weight: 20_000 }]
    for (const validate_only of [true, false]) {
      await expect(call('setRollout', { candidates, validate_only })).rejects.toMatchObject(notFinished)
      await expect(call('revert', { generation: 1, validate_only })).rejects.toMatchObject(notFinished)
    }
    await call('register', { revision_tag: '3.0.0', is_default: false })
    expect(await readStoredForms(storage.location)).toHaveLength(3)
    await finishUpgrade(parseStore(storage.location))
    await call('setRollout', { candidates })
    await call('revert', { generation: 1 })
    expect((await readStoredForms(storage.location)).map(({ form }) => form)).toEqual([2, 2, 2, 3, 3])
  })
})
