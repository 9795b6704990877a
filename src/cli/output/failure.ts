import type { FieldViolation } from '../../client/index.ts'
import { ConfigError } from '../../config/config-error.ts'
import { NOT_FOUND, RegistryError } from '../../domain/errors.ts'
import { exitCodeFor } from '../exit-codes.ts'
import { nameOption } from '../options/field-flags.ts'
import { UsageError } from '../options/usage-error.ts'
import { explainConnection } from './connection-problem.ts'
import { escapeUnsafe } from './escape.ts'
import { OutputError } from './output-error.ts'
import { explainRefusal } from './refusal.ts'

interface Settings {
  /** Whether errors are printed as JSON. */
  isJson: boolean
  /** The options of the command that runs, such as `--range`. */
  flags: readonly string[]
  /** How the command proves who calls, as words for people; undefined: it calls no registry. */
  credential: string | undefined
}

/** How errors are printed. It is known only after a part of the command line is understood. */
export const failureSettings: Settings = { isJson: false, flags: [], credential: undefined }

/** Prints an error on standard error, as one line of text or of JSON, and returns the exit code for it. */
export function printFailure(error: unknown): number {
  const failure = { ...describeFailure(error), exit_code: exitCodeFor(error) }
  const line = failureSettings.isJson ? JSON.stringify(failure) : `waypost: ${failure.error}`
  // A lost standard error changes no exit code.
  process.stderr.on('error', () => {}).write(`${escapeUnsafe(line)}\n`)
  return failure.exit_code
}

/** An error with the keys of the REST API. */
interface Failure {
  readonly error: string
  readonly reason: string
  readonly fields?: readonly FieldViolation[]
  readonly metadata?: object
}

function describeFailure(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof RegistryError) return describeRegistryError(error)
  if (error instanceof UsageError) {
    const { field } = error
    return { error: text, reason: 'INVALID_COMMAND_LINE', ...(field && { fields: [{ field, description: text }] }) }
  }
  if (error instanceof OutputError) return { error: text, reason: 'OUTPUT_FAILED' }
  return { error: text, reason: error instanceof ConfigError ? 'INVALID_SETTING' : 'COMMAND_FAILED' }
}

// People know the options, not the fields of the API that an option gives.
function describeRegistryError(error: RegistryError): Failure {
  const { reason, fieldViolations, metadata } = error
  const text = explainRefusal(error, explainConnection(error), failureSettings.credential)
  const fields = fieldViolations.map(({ field, description }) => {
    return { field: inOptions(field), description: inOptions(description) }
  })
  return {
    error: fields.length > 0 ? inOptions(text) : text,
    reason,
    ...(fields.length > 0 && { fields }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

// An error for an absent thing begins with the sentence of the reference document.
function inOptions(text: string): string {
  const start = text.startsWith(`${NOT_FOUND} `) ? NOT_FOUND.length + 1 : 0
  return `${text.slice(0, start)}${nameOption(text.slice(start), failureSettings.flags)}`
}
