import { Code, ConnectError } from '@connectrpc/connect'
import { quote } from '../../domain/errors.ts'

/** The headers of a protocol that name compressions. */
export interface CompressionHeaders {
  /** Names the compression of the messages that follow. */
  readonly encoding: string
  /** Names the compressions that the sender can read. */
  readonly accepts: string
}

/**
 * Throws `Unimplemented` if a request has another compression than gzip. As the specifications ask, the metadata of the
 * error tell which compression is accepted.
 */
export function requireKnownCompression(given: string | undefined, { encoding, accepts }: CompressionHeaders): void {
  if (given === undefined || given === 'identity' || given === 'gzip') return
  const message = `the ${encoding} ${quote(given)} is not supported; use gzip or identity.`
  throw new ConnectError(message, Code.Unimplemented, { [accepts]: 'gzip' })
}

/**
 * Whether large messages of the answer are compressed: if the client accepts gzip, or has used it and does not say what
 * it accepts.
 */
export function wantsGzip(accepted: string | undefined, given: string | undefined): boolean {
  if (accepted === undefined || accepted === '') return given === 'gzip'
  return accepted.split(',').some((name) => name.trim() === 'gzip')
}
