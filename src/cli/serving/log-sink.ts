import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import { fileOutput } from './file-output.ts'
import type { LogOutput } from './log-output.ts'
import { streamOutput } from './stream-output.ts'

const STDERR = 2

/** The destination of the server's log. It drops and counts the messages that its output cannot take. */
export class LogSink {
  /** Receives the number of messages that were dropped, once there is room again. It may write a message itself. */
  onDropped: (messages: number) => void = () => {}
  readonly #output: LogOutput
  readonly #format: (line: string) => string
  #dropped = 0

  /** `format` makes the text of a message of its line of JSON. Both end with a line break. */
  constructor(format: (line: string) => string, output: LogOutput = standardError()) {
    this.#format = format
    this.#output = output
    output.onRoom(() => this.#report())
  }

  /** Takes a message, as a line of JSON. */
  write(line: string): void {
    this.#report()
    if (!this.#output.write(this.#format(line))) this.#dropped++
  }

  /** Resolves once everything is written, or after a time in milliseconds. Undefined if everything is written now. */
  flush(ms: number): Promise<void> | undefined {
    return this.#output.flush(ms)
  }

  #report(): void {
    const count = this.#dropped
    if (count === 0 || !this.#output.hasRoom()) return
    this.#dropped = 0
    this.onDropped(count)
    // The report itself can be lost, too.
    if (this.#dropped > 0) this.#dropped = count
  }
}

// A disk is written to directly: the log then goes on after a full disk has room again. A pipe, a socket or a terminal may
// have a reader that reads nothing.
function standardError(): LogOutput {
  const stats = fstatSync(STDERR)
  const isStream = stats.isFIFO() || stats.isSocket() || isatty(STDERR)
  return isStream ? streamOutput(process.stderr) : fileOutput(STDERR)
}
