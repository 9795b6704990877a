import { resolve } from 'node:path'
import { parsePath } from '../../config/values.ts'
import { parseAudience, parseRegistryUrl, parseTimeout, parseTokenSource } from '../options/calling/values.ts'

/** The keys of a profile, which are the names of options, and the parsers of their values. */
export const profileKeys = {
  registry: parseRegistryUrl,
  'token-from': parseTokenSource,
  audience: parseAudience,
  ca: parsePath,
  cert: parsePath,
  key: parsePath,
  timeout: parseTimeout,
} as const

/** A key of a profile. */
export type ProfileKey = keyof typeof profileKeys

/** The texts of a profile. */
export type Profile = ReadonlyMap<ProfileKey, string>

/** The content of a configuration file. */
export interface Config {
  /** The profile that is used if the command names none; undefined: `default`, if there is one. */
  readonly current: string | undefined
  readonly profiles: ReadonlyMap<string, Profile>
}

/** The remedy for somebody who wants to write a token to a profile. */
export const insteadOfToken =
  'a configuration file is copied and shared, so write the token to a file, and set token-from to file:PATH, or use WAYPOST_TOKEN'

/** The profile that is used if neither the command nor the file names one. */
export const DEFAULT_PROFILE = 'default'

/** The text of a value, with a relative path made absolute. */
export function fromFolder(folder: string, key: ProfileKey, text: string): string {
  if (key === 'ca' || key === 'cert' || key === 'key') return resolve(folder, text)
  const [, path] = key === 'token-from' ? (/^file:(.+)$/.exec(text) ?? []) : []
  return path === undefined ? text : `file:${resolve(folder, path)}`
}
