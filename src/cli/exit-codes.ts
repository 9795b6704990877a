import { CommanderError } from 'commander'
import { type ErrorCode, RegistryError } from '../client/index.ts'
import { ConfigError } from '../config.ts'

/** The meanings of the exit codes, for `--help`. Scripts may rely on them. */
export const exitCodesHelp = `
Exit codes:
  0  done
  1  failed for any reason that is not listed below
  2  the command line, a setting or the request is not valid
  3  the service, the revision, the alias or the default does not exist
  4  refused: it exists with other content, it has changed since, its state does not allow it, or others keep writing
  5  the registry or its store can't be reached or opened, or took too long`

const byErrorCode: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 2,
  out_of_range: 2,
  not_found: 3,
  already_exists: 4,
  failed_precondition: 4,
  aborted: 4,
  unavailable: 5,
  deadline_exceeded: 5,
}

/** The exit code of an import that has refused some of its records. */
export const REFUSED = 4

/** The exit code for an error that a command threw. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof RegistryError) return byErrorCode[error.code] ?? 1
  if (error instanceof ConfigError) return 2
  // Commander's only exit with 0 is after it printed help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return 1
}
