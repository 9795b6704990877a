import { Option } from 'commander'
import { ConfigError, defaults, parseEndpointSchemes } from '../../config.ts'
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

/** An option that an environment variable can also set. The variable of `--base-path` is `WAYPOST_BASE_PATH`. */
export function setting<T>(flags: string, help: string, fallback: string, parse: (text: string) => T): Option {
  const option = new Option(flags, help)
  const env = `WAYPOST_${option.name().replaceAll('-', '_').toUpperCase()}`
  // Commander's own error repeats the value, and the location of a store may contain a password.
  option.env(env).argParser((text) => {
    try {
      return parse(text)
    } catch (error) {
      throw error instanceof ConfigError
        ? new UsageError(`${option.long} (${env}): ${error.message}`, option.long)
        : error
    }
  })
  return option.default(parse(fallback), fallback === '' ? 'none' : fallback)
}
