import { existsSync } from 'node:fs'
import type { Option } from 'commander'
import { RegistryError } from '../../client/index.ts'
import { defaults, formatStore, parseStore, type StoreLocation } from '../../config.ts'
import { setting } from './setting.ts'

const help =
  'store to read: sqlite:PATH for an existing file, or the connection string of MongoDB, mongodb://… or mongodb+srv://…'

/** The option `--store` of a command that only reads. */
export function existingStoreOption(): Option {
  return setting('--store <location>', help, defaults.store, parseStore)
}

/**
 * Throws if the location is a file that does not exist. Opening a SQLite store creates its file, and a command that only
 * reads would succeed for a mistyped path.
 */
export function requireStore(location: StoreLocation): void {
  if (location.kind !== 'sqlite' || existsSync(location.path)) return
  const message = `--store (WAYPOST_STORE) ${formatStore(location)}: the file does not exist; use the path of a store that exists.`
  throw new RegistryError({ reason: 'STORE_UNAVAILABLE', message })
}
