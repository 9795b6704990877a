import { describe, inject, test } from 'vitest'
import { CONTRACT_CASE_TIMEOUT_MS, storeContract } from '../../../src/store/contract/contract.ts'
import { rewritingContract } from '../../../src/store/contract/rewriting.ts'
import { damageDocument } from '../../support/damage.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { useStores } from './open-stores.ts'

describe.skipIf(mongoSkipReason)(`the MongoDB store keeps the contract on a ${inject('mongoTopology')}`, () => {
  const { mongo, open } = useStores(mongoStorage)
  const interrupt = async () => {
    const { proxy } = mongo()
    proxy.cut()
    return async () => proxy.restore()
  }
  const damage = (generation: number) => damageDocument(mongo().storage.location, generation)
  for (const { name, run } of storeContract) {
    test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () => run({ open, interrupt, damage }))
  }
  for (const { name, run } of rewritingContract) {
    test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () => run({ open, interrupt, damage }))
  }
})
