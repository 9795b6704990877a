/** The part of pino's interface that the server writes to; any logger of this shape will do. */
export interface Logger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

/** A logger that says nothing. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {} }
