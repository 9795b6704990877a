/** The part of pino's interface that the server uses. Any logger with these methods works. */
export interface Logger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

/** A logger that writes nothing. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {} }
