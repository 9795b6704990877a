import { afterEach, beforeEach } from 'vitest'
import type { UpgradableStore } from '../../../src/store/forms/upgradable-store.ts'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { type ProxiedMongo, proxiedMongo } from '../../support/proxied-mongo.ts'
import type { Storage } from '../../support/storage.ts'

/** The database of one test, and the stores that the test opens over it. */
export interface OpenStores {
  /** A new database, which is removed when the test ends. */
  readonly mongo: () => ProxiedMongo
  /** Opens a store over the database, through the proxy if no location is given. It is closed when the test ends. */
  open(location?: string): Promise<UpgradableStore>
}

/** Gives each test of the surrounding `describe` its own database. */
export function useStores(createStorage: () => Promise<Storage>): OpenStores {
  let mongo: ProxiedMongo
  let stores: UpgradableStore[]

  beforeEach(async () => {
    mongo = await proxiedMongo(createStorage)
    stores = []
  })

  afterEach(async () => {
    mongo.proxy.restore()
    await Promise.all(stores.map((store) => store.close()))
    await mongo.close()
  })

  return {
    mongo: () => mongo,
    open: async (location = mongo.proxied) => {
      const store = await openMongoStore(location)
      stores.push(store)
      return store
    },
  }
}
