import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { TlsOptions } from '../api/client-options.ts'
import { invalidOption } from '../calls/errors.ts'

/** Throws an `invalid_argument` if the settings can't be used. No part of them is in the message. */
export function checkTls({ ca, cert, key }: TlsOptions): void {
  if ((cert === undefined) !== (key === undefined)) {
    throw invalidOption('tls', 'must have both cert and key, or neither.')
  }
  // Node ignores a `ca` that it can't read, and would then trust its own authorities.
  if (ca !== undefined) attempt('tls.ca', () => new X509Certificate(ca))
  if (cert !== undefined) attempt('tls.cert', () => new X509Certificate(cert))
  if (cert !== undefined && key !== undefined) attempt('tls.key', () => createSecureContext({ cert, key }))
}

function attempt(field: string, use: () => unknown): void {
  try {
    use()
  } catch {
    const what = field === 'tls.key' ? 'the private key of tls.cert, unencrypted,' : 'a certificate'
    throw invalidOption(field, `must be the text of a PEM file with ${what} and not its path.`)
  }
}
