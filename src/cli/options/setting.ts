import { Option } from 'commander'
import { ConfigError } from '../../config/config-error.ts'
import { defaults } from '../../config/serve-config.ts'
import { parseEndpointSchemes } from '../../config/values.ts'
import { RepeatableOption } from './repeatable-option.ts'
import { UsageError } from './usage-error.ts'

/** The help of `--store`. */
export const storeHelp =
  'store of the registry: sqlite:PATH for a file, which is created if it does not exist, or the connection ' +
  'string of MongoDB, mongodb://… or mongodb+srv://…'

/** `--endpoint-scheme`, which a server and an import have. */
export function endpointSchemeSetting(): Option {
  return setting(
    '--endpoint-scheme <schemes>',
    'schemes that the URI of an endpoint may have beside the usual ones, separated by commas, such as sip',
    defaults.endpointScheme,
    parseEndpointSchemes,
  )
}

/** Makes a setting refuse an empty variable, because it would switch off a protection without a word. */
export function refuseEmpty(option: Option): Option {
  const { parseArg, envVar, long } = option
  return option.argParser((text: string, before: unknown) => {
    if (text.trim() !== '') return parseArg?.(text, before)
    throw new UsageError(`${long} (${envVar}) is empty; give it a value, or unset it.`, long)
  })
}

/**
 * An option that an environment variable can also set. The variable of `--base-path` is `WAYPOST_BASE_PATH`. A list may
 * be given in one option, in several, or in both ways.
 */
export function setting<T>(flags: string, help: string, fallback: string, parse: (text: string) => T): Option {
  const initial = parse(fallback)
  const read = (text: string, before: T | undefined): T => {
    try {
      const value = parse(text)
      return Array.isArray(value) && Array.isArray(before) ? ([...before, ...value] as T) : value
    } catch (error) {
      // Commander's own error repeats the value, and the location of a store may contain a password.
      const message = error instanceof ConfigError && `${option.long} (${env}): ${error.message}`
      throw message ? new UsageError(message, option.long) : error
    }
  }
  const option = Array.isArray(initial)
    ? new RepeatableOption(flags, help, read)
    : new Option(flags, help).argParser((text) => read(text, undefined))
  const env = `WAYPOST_${option.name().replaceAll('-', '_').toUpperCase()}`
  return option.env(env).default(initial, fallback === '' ? 'none' : fallback)
}
