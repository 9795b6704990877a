import { ConfigError } from '../../config.ts'

/** The error for a file that the command line names and that can't be used. */
export function unusableFile(path: string, cause: unknown): ConfigError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ConfigError(`${path} can't be used: ${why}`, { cause })
}
