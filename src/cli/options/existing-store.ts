import { statSync } from 'node:fs'
import type { Option } from 'commander'
import { defaults } from '../../config/serve-config.ts'
import { formatStore, parseStore, type StoreLocation } from '../../config/store-location.ts'
import { RegistryError } from '../../domain/errors.ts'
import { setting } from './setting.ts'
import { UsageError } from './usage-error.ts'

const help = 'sqlite:PATH for an existing file, or the connection string of MongoDB, mongodb://… or mongodb+srv://…'

/** The option `--store` of a command that uses only a store that exists. */
export function existingStoreOption(use: 'read' | 'change' = 'read'): Option {
  return setting('--store <location>', `store to ${use}: ${help}`, defaults.store, parseStore)
}

/**
 * Throws if the location is a file that does not exist or is empty. Opening a SQLite store creates its file, and the
 * command would succeed for a mistyped path.
 */
export function requireStore(location: StoreLocation): void {
  if (location.kind !== 'sqlite') return
  const file = statSync(location.path, { throwIfNoEntry: false })
  if (file !== undefined && (file.size > 0 || !file.isFile())) return
  const problem = file === undefined ? 'the file does not exist' : 'the file is empty'
  const message = `--store (WAYPOST_STORE) ${formatStore(location)}: ${problem}; use the path of a store that exists.`
  throw new RegistryError({ reason: 'STORE_UNAVAILABLE', message })
}

/** Throws if an output is a file of the store, which the output would replace. */
export function requireOtherFile(location: StoreLocation, output: string): void {
  if (location.kind !== 'sqlite') return
  const identityOf = (path: string) => {
    const file = statSync(path, { throwIfNoEntry: false })
    return file && `${file.dev}:${file.ino}`
  }
  const written = identityOf(output)
  const files = [location.path, `${location.path}-wal`, `${location.path}-shm`]
  if (written === undefined || !files.some((file) => identityOf(file) === written)) return
  throw new UsageError(`--output ${JSON.stringify(output)} is a file of the store; use the path of another file.`)
}
