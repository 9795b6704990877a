import { RegistryError } from '../../client/index.ts'
import { openStore } from '../../compose.ts'
import { ConfigError, formatStore, type StoreLocation } from '../../config.ts'

type Store = Awaited<ReturnType<typeof openStore>>

/** The error for a file that the command line names and that can't be used. */
export function unusableFile(path: string, cause: unknown): ConfigError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ConfigError(`${path} can't be used: ${why}`, { cause })
}

/** Uses a store for one long run. Throws an `unavailable` that names it where it can't be opened. */
export async function withStore<T>(location: StoreLocation, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(location, { isForBulk: true }).catch((cause) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `--store ${formatStore(location)}: ${why}`.replaceAll(/\s+/g, ' ')
    throw new RegistryError({ reason: 'STORE_UNAVAILABLE', message, cause })
  })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
