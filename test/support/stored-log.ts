import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import type { Entry } from '../../src/domain/log.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import type { Storage } from './storage.ts'

/** Every stored entry of a service, up to 1,000. Opens the storage a second time to read them. */
export async function readStoredLog(storage: Storage, namespace: string, name: string): Promise<Entry[]> {
  const store = await openStore(parseStore(storage.location))
  try {
    return await store.readLog(parseServiceId(namespace, name), { after: 0, limit: 1_000 })
  } finally {
    await store.close()
  }
}
