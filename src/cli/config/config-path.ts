import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Command } from 'commander'
import { unusableFile } from '../options/unusable-file.ts'

/** The largest configuration file, in bytes. */
const MAX_BYTES = 1024 * 1024

/** The configuration file that the flags, the variables or the home folder name. */
export interface ConfigPlace {
  readonly path: string
  /** Whether a flag or a variable names the file. If so, it has to exist. */
  readonly isNamed: boolean
}

/** The place of the configuration file for a command with `--config`; undefined if the variable is empty. */
export function configPlaceOf(command: Command): ConfigPlace | undefined {
  const { config } = command.opts<{ config?: string }>()
  if (config !== undefined) return config === '' ? undefined : { path: config, isNamed: true }
  const { XDG_CONFIG_HOME = '', HOME } = process.env
  // The specification of these folders ignores a relative path.
  const folder = isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(HOME || homedir(), '.config')
  return { path: join(folder, 'waypost', 'config.yaml'), isNamed: false }
}

/** The text of a configuration file; undefined if it does not exist. Throws a `ConfigError` if it cannot be used. */
export function readConfigText(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
    return text
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw unusableFile(path, error)
  }
}
