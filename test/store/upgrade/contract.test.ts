import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ContractHarness } from '../../../src/store/contract/contract.ts'
import { CONTRACT_CASE_TIMEOUT_MS, storeContract } from '../../../src/store/contract/contract.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { finishSqliteUpgrade } from '../../../src/store/sqlite/upgrade.ts'
import { damageDocument, damageRow } from '../../support/damage.ts'
import { asForm2Storage, keptInForm2, readStoredForms } from '../../support/form-2.ts'
import { requestMongo } from '../../support/request-mongo.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'
import { useStores } from '../mongodb/open-stores.ts'

const mongo = await requestMongo('single server')

// These cases take longer than all others together. The entries of the first are of one kind, and in the others the storage
// refuses writes, in whatever form.
const cases = storeContract.filter(({ name }) => !/^10,000 revisions|storage refuse/.test(name))

/** Defines a test for each case of the contract except a few. */
function keepsContract(harness: () => ContractHarness): void {
  for (const { name, run } of cases) {
    test(name, { timeout: CONTRACT_CASE_TIMEOUT_MS }, () => run(harness()))
  }
}

async function requireForm2(location: string): Promise<void> {
  expect((await readStoredForms(location)).filter(({ form }) => form !== 2)).toEqual([])
}

describe('the SQLite store keeps the contract in a file of an older version', () => {
  let storage: Storage
  let path: string

  beforeEach(async () => {
    storage = await asForm2Storage(sqliteStorage())
    path = storage.location.replace('sqlite:', '')
  })
  afterEach(() => storage.remove())

  const holdWriteLock = async () => {
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    return async () => other.close()
  }
  const harness = () => ({
    open: async () => openSqliteStore(path),
    interrupt: holdWriteLock,
    damage: (generation: number) => damageRow(path, generation),
  })

  describe('before its upgrade is finished', () => {
    afterEach(() => requireForm2(storage.location))
    keepsContract(() => ({ ...harness(), keeps: keptInForm2 }))
  })

  describe('after its upgrade is finished', () => {
    beforeEach(() => {
      expect(finishSqliteUpgrade(path)).toBe('finished')
    })
    keepsContract(harness)
  })
})

// After its upgrade is finished, a collection does not differ from a new one.
describe.skipIf(mongo.skipReason)('the MongoDB store keeps the contract in a collection of an older version', () => {
  const { mongo: place, open } = useStores(() => asForm2Storage(mongo.createStorage()))
  const interrupt = async () => {
    const { proxy } = place()
    proxy.cut()
    return async () => proxy.restore()
  }
  afterEach(() => requireForm2(place().storage.location))
  const damage = (generation: number) => damageDocument(place().storage.location, generation)
  keepsContract(() => ({ open, interrupt, damage, keeps: keptInForm2 }))
})
