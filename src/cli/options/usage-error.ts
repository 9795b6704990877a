import { ConfigError } from '../../config/config-error.ts'

/** The longest part of a value that a message repeats, in characters. */
const MAX_QUOTED = 64

/** The error for a command line that cannot be understood, or for a value on it that is not allowed. */
export class UsageError extends ConfigError {
  /** The option, the argument or the variable that is at fault, such as `--limit`; undefined if it is none of them. */
  readonly field: string | undefined

  constructor(message: string, field?: string) {
    super(message)
    this.field = field
  }
}

/** Quotes a value of the command line for a message. A long value is cut. */
export function quoteValue(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}
