import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { TlsOptions } from '../api/client-options.ts'
import { invalidOption } from '../calls/errors.ts'

/**
 * Throws an `invalid_argument` if the settings cannot be used. Its message contains no part of them. `field` is the name
 * of the option.
 */
export function checkTls({ ca, cert, key }: TlsOptions, field: string): void {
  if ((cert === undefined) !== (key === undefined)) {
    throw invalidOption(field, 'has only one of cert and key; give both or neither.')
  }
  // Node ignores a `ca` that it cannot read, and would then trust its own authorities.
  if (ca !== undefined) attempt(`${field}.ca`, () => new X509Certificate(ca))
  if (cert !== undefined) attempt(`${field}.cert`, () => new X509Certificate(cert))
  if (cert !== undefined && key !== undefined) attempt(`${field}.key`, () => createSecureContext({ cert, key }))
}

function attempt(field: string, use: () => unknown): void {
  try {
    use()
  } catch (cause) {
    // The error of OpenSSL tells what is wrong with the text, such as a key of another certificate, but not the text.
    const what = field.endsWith('.key') ? 'the unencrypted private key of cert' : 'a certificate'
    throw invalidOption(
      field,
      `is not the text of a PEM file with ${what}; give the content of the file, not its path.`,
      cause,
    )
  }
}
