import { ConfigError } from './config-error.ts'

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const logFormats = ['auto', 'json', 'text'] as const
export type LogFormat = (typeof logFormats)[number]

/** Parses a log level. */
export function parseLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level !== undefined) return level
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use one of ${logLevels.join(', ')}.`)
}

/** Parses a form of the log. */
export function parseLogFormat(text: string): LogFormat {
  const format = logFormats.find((known) => known === text)
  if (format !== undefined) return format
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use one of ${logFormats.join(', ')}.`)
}
