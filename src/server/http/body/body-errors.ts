import { quote, RegistryError } from '../../../domain/errors.ts'

/** The error for a body of more than `maxBytes` bytes. `size` is its size, if that is known. */
export function tooLarge(maxBytes: number, size?: number): RegistryError {
  const fact = size === undefined ? `is larger than ${maxBytes} bytes` : `has ${size} bytes`
  const message = `the request body ${fact}; send at most ${maxBytes} bytes.`
  return new RegistryError({ reason: 'REQUEST_TOO_LARGE', message })
}

/** The error for a body that does not arrive in time. */
export function tooSlow(ms: number): RegistryError {
  const message = `the request did not arrive within ${ms} ms; send it faster.`
  return new RegistryError({ reason: 'REQUEST_TOO_SLOW', message })
}

/** The error for a body that is given up for the sake of others. */
export function tooLargeForNow(): RegistryError {
  const message = 'the request did not arrive before others needed its memory; send it again, and faster.'
  return new RegistryError({ reason: 'REQUEST_TOO_SLOW', message })
}

/** The error for a body whose sender has cut the connection or reset the stream. */
export function bodyCut(cause?: unknown): RegistryError {
  const message = 'the request ended before it was complete; send it again.'
  return new RegistryError({ reason: 'CANCELED', message, cause })
}

/** The error for a body in an encoding that is not supported. */
export function unsupportedEncoding(encoding: string): RegistryError {
  const message = `the content-encoding ${quote(encoding)} is not supported; use gzip or identity.`
  return new RegistryError({ reason: 'UNSUPPORTED_MEDIA_TYPE', message })
}
