import { CUT_OFF } from '../exit-codes.ts'
import { escapeUnsafe } from './escape.ts'
import { printFailure } from './failure.ts'
import { OutputError } from './output-error.ts'

/** Prints lines. A line is text for people or JSON, and can harm no terminal. */
export function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${escapeUnsafe(line)}\n`)
}

/** Ends the program if standard output cannot be written. */
export function watchOutput(): void {
  process.stdout.on('error', endWithoutOutput)
}

// A reader of the output, such as `head`, may close it early. Nobody wants a message about it. But a script with `pipefail`
// must notice that a part of the output is missing, for example of an export.
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? CUT_OFF : printFailure(new OutputError(error)))
}
