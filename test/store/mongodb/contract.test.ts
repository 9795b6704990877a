import { describe, test } from 'vitest'
import { CONTRACT_CASE_TIMEOUT_MS, storeContract } from '../../../src/store/contract/contract.ts'
import { damageDocument } from '../../support/damage.ts'
import { requestMongo } from '../../support/request-mongo.ts'
import { useStores } from './open-stores.ts'

for (const topology of ['single server', 'replica set'] as const) {
  const { skipReason, createStorage } = await requestMongo(topology)

  describe.skipIf(skipReason)(`the MongoDB store keeps the contract on a ${topology}`, () => {
    const { mongo, open } = useStores(createStorage)
    const interrupt = async () => {
      const { proxy } = mongo()
      proxy.cut()
      return async () => proxy.restore()
    }
    const damage = (generation: number) => damageDocument(mongo().storage.location, generation)
    for (const { name, run } of storeContract) {
      test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () => run({ open, interrupt, damage }))
    }
  })
}
