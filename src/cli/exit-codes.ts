import { CommanderError } from 'commander'
import { ConfigError } from '../config/config-error.ts'
import { RegistryError } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/reasons.ts'

/** The exit codes, as `--help` explains them. Scripts may rely on them. */
export const exitCodesHelp = `
Exit codes:
  0  done
  1  failed for a reason that is not listed below, or was not confirmed
  2  the command line, a setting or the request is not valid
  3  the service, the revision, the alias, the default revision, the rollout or the
     earlier state does not exist
  4  refused, because the change conflicts with the stored data: for example, the
     revision is registered with other content, or the etag is not current; also
     if an import refused some of its records
  5  the registry or its store cannot be reached or opened, is too slow, or has too
     much to do
  6  waypost verify or waypost auth check found a problem, the claims of auth
     check do not have the permission, waypost redact found a damaged entry, or
     the default would have been another one by the policy of policy backtest
  7  the registry refused the caller: the token is missing or not valid, or the
     caller does not have the permission
  141  the reader of the output closed it before the end`

const byErrorCode: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 2,
  out_of_range: 2,
  not_found: 3,
  already_exists: 4,
  failed_precondition: 4,
  aborted: 4,
  unavailable: 5,
  deadline_exceeded: 5,
  unauthenticated: 7,
  permission_denied: 7,
}

/** The exit code of an import that refused some of its records. */
export const REFUSED = 4

/** The exit code of a check or a backtest that found something, and of a redaction that found a damaged entry. */
export const UNSOUND = 6

/** The exit code of a command whose caller does not have a permission. */
export const NOT_ALLOWED = 7

/** The exit code of a command whose reader went away. Shells give it to a program that the signal SIGPIPE ends. */
export const CUT_OFF = 141

/** The exit code for an error that a command threw. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof RegistryError && error.reason === 'TOKEN_FAILED') return NOT_ALLOWED
  if (error instanceof RegistryError) return byErrorCode[error.code] ?? (isElsewhere(error) || isLater(error) ? 5 : 1)
  if (error instanceof ConfigError) return 2
  // Commander exits with 0 only after it has printed the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  return 1
}

// Another server answered.
function isElsewhere({ reason }: RegistryError): boolean {
  return reason === 'UNEXPECTED_ANSWER'
}

// The registry has too much to do, or too much of this caller, and tells when to come back.
function isLater({ code, retryAfterMs }: RegistryError): boolean {
  return code === 'resource_exhausted' && retryAfterMs !== undefined
}
