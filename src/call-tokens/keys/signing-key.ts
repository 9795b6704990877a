import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A key that signs tokens to call revisions: ES256, on the curve P-256. */
export interface SigningKey {
  /** The name of the key: its thumbprint (RFC 7638). */
  readonly kid: string
  /** From this time on, the key signs, until the next one is due. Milliseconds since 1970 (UTC). */
  readonly dueAt: number
  readonly privateKey: KeyObject
  /** The public key as JSON. It has none of the private members. */
  readonly publicJwk: string
}

/** The content of a file of a key. */
export interface KeyFile {
  /** RFC 3339, such as `2026-11-26T12:00:00.000Z`. */
  readonly due: string
  /** A private JWK. */
  readonly key: object
}

/** Makes a new key. */
export function generateKeyFile(dueAt: number): KeyFile {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { due: new Date(dueAt).toISOString(), key: privateKey.export({ format: 'jwk' }) }
}

/** Reads the content of a file. Throws an error for people, which completes "the file … ". */
export function parseKeyFile(text: string): SigningKey {
  const { due, key } = parseObject(text)
  const dueAt = typeof due === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(due) ? Date.parse(due) : Number.NaN
  if (Number.isNaN(dueAt)) throw new Error('has no time "due", such as "2026-11-26T12:00:00Z"')
  return toSigningKey(toPrivateKey(key), dueAt)
}

function toSigningKey(privateKey: KeyObject, dueAt: number): SigningKey {
  // The members come from the key itself, so that nothing else of the file is published.
  const { crv, kty, x, y } = privateKey.export({ format: 'jwk' })
  // The members of the thumbprint, in the order that RFC 7638 wants.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return { kid, dueAt, privateKey, publicJwk: JSON.stringify({ kty, crv, x, y, kid, use: 'sig', alg: 'ES256' }) }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The error of the parser would quote the text, which has a secret.
    throw new Error('is not JSON')
  }
  return Object(value)
}

function toPrivateKey(jwk: unknown): KeyObject {
  const privateKey = importKey(jwk)
  if (privateKey?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return privateKey
  throw new Error('has no private key "key" of the curve P-256, as a JWK')
}

function importKey(jwk: unknown): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Object(jwk), format: 'jwk' })
  } catch {
    return undefined
  }
}
