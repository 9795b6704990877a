import { Option } from 'commander'
import { ConfigError } from '../../config.ts'

/** A flag, and the variable that is named after it: `--base-path` is WAYPOST_BASE_PATH. */
export function setting<T>(flags: string, help: string, fallback: string, parse: (text: string) => T): Option {
  const option = new Option(flags, help)
  const env = `WAYPOST_${option.name().replaceAll('-', '_').toUpperCase()}`
  // Not commander's own error, which repeats the value: a store's may have a password in it.
  option.env(env).argParser((text) => {
    try {
      return parse(text)
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(`${option.long} (${env}): ${error.message}`) : error
    }
  })
  return option.default(parse(fallback), fallback === '' ? 'none' : fallback)
}
