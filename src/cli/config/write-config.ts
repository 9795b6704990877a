import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { unusableFile } from '../options/unusable-file.ts'
import { UsageError } from '../options/usage-error.ts'
import { ConfigDocument } from './config-document.ts'
import { configPlaceOf, readConfigText } from './config-path.ts'
import type { Config } from './profile-keys.ts'

/** The configuration file of a command. */
export interface OpenConfig {
  readonly path: string
  readonly document: ConfigDocument
  readonly config: Config
}

/** Opens the configuration file of a command. A file that does not exist is empty. */
export async function openConfig(command: Command): Promise<OpenConfig> {
  const path = configPathOf(command)
  const document = await ConfigDocument.parse(readConfigText(path) ?? '', path)
  return { path, document, config: document.read() }
}

/** The path of the configuration file of a command. Throws a `UsageError` if the variable for it is empty. */
export function configPathOf(command: Command): string {
  const place = configPlaceOf(command)
  if (place !== undefined) return place.path
  throw new UsageError('WAYPOST_CONFIG is empty, so there is no configuration file; unset it.', '--config')
}

/** Writes the configuration file, in one step. Only its owner can read it. */
export function writeConfig({ path, document }: OpenConfig): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    replace(targetOf(path), document.toText())
  } catch (cause) {
    throw unusableFile(path, cause)
  }
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

// A link stays a link.
function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
