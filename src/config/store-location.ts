import { resolve } from 'node:path'
import { ConfigError } from './config-error.ts'

/** A checked location of a store. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'mongodb'; readonly uri: string }

/**
 * Parses the location of a store: `sqlite:PATH`, or a MongoDB connection string. The error does not repeat the text,
 * because it may contain a password.
 */
export function parseStore(text: string): StoreLocation {
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  if (path !== undefined && !path.startsWith(':')) return { kind: 'sqlite', path: resolve(path) }
  if (/^mongodb(?:\+srv)?:\/\/./.test(text)) return { kind: 'mongodb', uri: text }
  throw new ConfigError(
    'the location of the store is not valid; use sqlite:PATH, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE.',
  )
}

/**
 * The text of a location, for people. It leaves out the user, the password and the options of a connection string. It
 * hides a malformed connection string completely, because the password could be anywhere in it.
 */
export function formatStore(location: StoreLocation): string {
  if (location.kind === 'sqlite') return `sqlite:${location.path}`
  const [, scheme, hosts] =
    /^(mongodb(?:\+srv)?:\/\/)(?:[^@/?#]*@)?([\w.:,[\]-]+)(?:[/?]|$)[^@]*$/.exec(location.uri) ?? []
  return hosts === undefined ? 'mongodb://…' : `${scheme}${hosts}`
}
