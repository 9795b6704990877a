import { ConfigError } from './config/config-error.ts'
import { formatStore, type StoreLocation } from './config/store-location.ts'
import { RegistryError } from './domain/errors.ts'

const STORE_SETTING = '--store (WAYPOST_STORE)'

/** Uses a store. The message of a failure names the setting. */
export function atStore<T>(location: StoreLocation, use: () => Promise<T>): Promise<T> {
  return naming(`${STORE_SETTING} ${formatStore(location)}`, use(), newStoreError)
}

/** Adds the name of a setting to the message of a failure: the person who started the server reads only this line. */
export async function naming<T>(setting: string, opening: Promise<T>, toError = newError): Promise<T> {
  try {
    return await opening
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw toError(`${setting}: ${why}${/[.!?]$/.test(why) ? '' : '.'}`.replaceAll(/\s+/g, ' '), cause)
  }
}

function newError(message: string, cause: unknown): Error {
  return new Error(message, { cause })
}

/** The error for a file that a setting names and that cannot be used. */
export function newConfigError(message: string, cause?: unknown): Error {
  return new ConfigError(message, { cause })
}

function newStoreError(message: string, cause: unknown): Error {
  return new RegistryError({ reason: 'STORE_UNAVAILABLE', message, cause })
}
