import type { Logger } from '../../src/telemetry/logger.ts'
import { recordFields, recordOutput } from './token-search/recorder.ts'

/** A message of the log. */
export interface LoggedLine {
  readonly level: 'error' | 'warn' | 'info'
  readonly message: string
  readonly fields: object
}

/** A logger that keeps its messages. */
export function recordingLogger(): { readonly log: Logger; readonly lines: readonly LoggedLine[] } {
  const lines: LoggedLine[] = []
  const to = (level: LoggedLine['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields })
    recordLine(fields, message)
  }
  return { log: { error: to('error'), warn: to('warn'), info: to('info') }, lines }
}

/** A logger that keeps nothing for the test. Its messages are only searched for tokens. */
export const searchedLogger: Logger = { error: recordLine, warn: recordLine, info: recordLine }

function recordLine(fields: object, message: string): void {
  recordFields(fields)
  recordOutput(message)
}
