import { ConfigError } from '../../config/config-error.ts'

/** The error for a file that the command line names, but that cannot be read or written. */
export function unusableFile(path: string, cause: unknown): ConfigError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ConfigError(`file ${JSON.stringify(path)} cannot be used (${why}); check the path and its permissions.`, {
    cause,
  })
}
