import { escapeUnsafe } from './escape.ts'
import { printFailure } from './failure.ts'
import { OutputError } from './output-error.ts'

/** Prints lines. A line is text for people or JSON, and can harm no terminal. */
export function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${escapeUnsafe(line)}\n`)
}

/** Ends the program if standard output cannot be written. A lost standard error changes nothing. */
export function watchOutput(): void {
  process.stdout.on('error', endWithoutOutput)
  process.stderr.on('error', () => {})
}

// A reader of the output, such as `head`, may close it early. This is no failure, and nobody wants a message about it.
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') process.exitCode = printFailure(new OutputError(error))
  process.exit()
}
