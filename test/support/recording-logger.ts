import type { Logger } from '../../src/telemetry/logger.ts'

/** A message of the log. */
export interface LoggedLine {
  readonly level: 'error' | 'warn' | 'info'
  readonly message: string
  readonly fields: object
}

/** A logger that keeps its messages. */
export function recordingLogger(): { readonly log: Logger; readonly lines: readonly LoggedLine[] } {
  const lines: LoggedLine[] = []
  const to = (level: LoggedLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, message, fields })
  return { log: { error: to('error'), warn: to('warn'), info: to('info') }, lines }
}
