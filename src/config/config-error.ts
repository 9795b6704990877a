/** The error for a setting that is not valid. Its message names the value, except a store's, and the allowed values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
