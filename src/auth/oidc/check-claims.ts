import { quote } from '../../domain/errors.ts'
import { textPattern } from '../../domain/text.ts'
import type { Claims } from '../names.ts'
import { tokenInvalid } from '../token-error.ts'
import { shown } from './check-header.ts'

/** How far the clocks of an issuer and of this server may be apart, in seconds. */
export const LEEWAY_S = 30

/** The most characters of a subject. */
const MAX_SUBJECT_LENGTH = 1_024

/** The claims of a token that the registry itself needs. */
export interface CheckedClaims {
  readonly subject: string
  /** When it expires, in milliseconds since 1970. */
  readonly expiresAtMs: number
}

/** Compares audiences with and without a final slash. */
export function withoutFinalSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url
}

/**
 * Checks the claims of a token, except its issuer. Throws `TOKEN_INVALID` that names the first claim that is missing or not
 * valid. `audiences` have no final slash.
 */
export function checkClaims(claims: Claims, audiences: readonly string[], nowMs: number): CheckedClaims {
  checkAudience(claims.aud, audiences)
  const now = nowMs / 1000
  const exp = numberIn(claims, 'exp')
  if (exp + LEEWAY_S <= now) throw notNow('has expired (exp)', exp)
  if (numberIn(claims, 'iat') - LEEWAY_S > now) throw notNow('was issued in the future (iat)', claims.iat)
  if (claims.nbf !== undefined && numberIn(claims, 'nbf') - LEEWAY_S > now) {
    throw notNow('is not valid yet (nbf)', claims.nbf)
  }
  return { subject: checkSubject(claims.sub), expiresAtMs: exp * 1000 }
}

// A token for two audiences could be replayed by one of them at the other one.
function checkAudience(aud: unknown, audiences: readonly string[]): void {
  const all = Array.isArray(aud) ? aud : [aud]
  const remedy = `ask its issuer for a token with one audience, such as ${quote(audiences[0] ?? '')}`
  if (aud === undefined) throw tokenInvalid('the token has no audience (aud)', remedy)
  if (all.length !== 1) throw tokenInvalid(`the token has ${all.length} audiences (aud)`, remedy)
  if (typeof all[0] !== 'string' || !audiences.includes(withoutFinalSlash(all[0]))) {
    throw tokenInvalid(`the token is for the audience (aud) ${shown(all[0])}`, remedy)
  }
}

function numberIn(claims: Claims, name: string): number {
  const value = claims[name]
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  const fact = value === undefined ? `the token has no ${name}` : `the ${name} of the token is ${shown(value)}`
  throw tokenInvalid(fact, `use a token whose ${name} is a number of seconds since 1970`)
}

function notNow(fact: string, seconds: unknown) {
  const remedy = 'ask its issuer for a new token, and compare the clocks of the issuer and of the server'
  return tokenInvalid(`the token ${fact}: ${describeTime(seconds)}`, remedy)
}

function describeTime(seconds: unknown): string {
  const time = new Date(Number(seconds) * 1000)
  return Number.isNaN(time.getTime()) ? `${shown(seconds)} seconds since 1970` : time.toISOString()
}

function checkSubject(sub: unknown): string {
  if (typeof sub === 'string' && sub !== '' && sub.length <= MAX_SUBJECT_LENGTH && textPattern.test(sub)) return sub
  const fact = sub === undefined ? 'the token has no subject (sub)' : `the subject (sub) of the token is ${shown(sub)}`
  throw tokenInvalid(fact, `use a token whose sub has 1 to ${MAX_SUBJECT_LENGTH} characters and no control characters`)
}
