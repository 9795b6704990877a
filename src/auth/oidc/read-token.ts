import { isUtf8 } from 'node:buffer'
import { quote } from '../../domain/errors.ts'
import { findDuplicateKey } from '../../server/http/duplicate-key.ts'
import { MAX_TOKEN_LENGTH } from '../bearer-token.ts'
import type { Claims } from '../names.ts'
import { tokenInvalid } from '../token-error.ts'

/** The parts of a token that nobody has verified. */
export interface UnverifiedToken {
  readonly header: Claims
  readonly claims: Claims
}

// RFC 7515, section 7.1. An empty signature is one of "alg": "none", and is refused for its algorithm.
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/**
 * Reads a signed JWT without verifying it; undefined if the token is no JWT at all. Throws `TOKEN_INVALID` if it is one
 * that cannot be read, such as one with a claim that it has twice, or an encrypted one.
 */
export function readToken(token: string): UnverifiedToken | undefined {
  if (!token.includes('.')) return undefined
  if (token.length > MAX_TOKEN_LENGTH) throw notReadable(`has more than ${MAX_TOKEN_LENGTH} characters`)
  if (!COMPACT.test(token)) throw notReadable('does not have the three parts of a signed JWT in base64url')
  const [header = '', payload = '', signature = ''] = token.split('.')
  if (!isCanonical(signature)) throw notReadable('has a signature with spare bits that are not zero')
  return { header: readPart('header', header), claims: readPart('payload', payload) }
}

function readPart(name: string, base64: string): Claims {
  const text = decode(base64)
  const value = text === undefined ? undefined : parse(text)
  if (text === undefined || !isObject(value)) throw notReadable(`has a ${name} that is not a JSON object in UTF-8`)
  // Readers differ in which of two values they take, so a signer and a verifier could understand different things.
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined) throw notReadable(`has ${quote(duplicate)} twice in its ${name}`)
  // A store cannot keep half of a surrogate pair. `stringify` escapes only these halves.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(value))) {
    throw notReadable(`has a text that is not well-formed Unicode in its ${name}`)
  }
  return value
}

function decode(base64: string): string | undefined {
  if (!isCanonical(base64)) return undefined
  const bytes = Buffer.from(base64, 'base64url')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

// Other texts of the same bytes would be other tokens to everybody who compares tokens.
function isCanonical(base64: string): boolean {
  return Buffer.from(base64, 'base64url').toString('base64url') === base64
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notReadable(fact: string) {
  return tokenInvalid(`the token ${fact}`, 'send the token as its issuer made it')
}
