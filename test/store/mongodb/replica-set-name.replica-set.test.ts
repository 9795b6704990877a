import { describe, expect, test } from 'vitest'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'

const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)

describe.skipIf(mongoSkipReason ?? isForeign)('the name of a replica set', () => {
  test('a store with the name of another replica set does not open, and the message names the setting', async () => {
    const storage = await mongoStorage()
    const wrong = `${storage.location.replace(/replicaSet=\w+/, 'replicaSet=other')}&serverSelectionTimeoutMS=500`
    await expect(openMongoStore(wrong)).rejects.toThrow(
      'the deployment cannot be used (no server belongs to the replica set "other"); check replicaSet.',
    )
    await storage.remove()
  })
})
