import { createOidcAuthenticator, type OidcSettings } from '../../../src/auth/oidc/oidc-authenticator.ts'
import type { Identity } from '../../../src/domain/access/identity.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { type FakeIssuer, fakeIssuer, type IssuerKey, signToken } from './issuer.ts'

export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'https://registry.example/services'
export const START_S = 1_800_000_000

/** A clock that a test moves. */
export function testClock() {
  let seconds = START_S
  const pass = (more: number) => {
    seconds += more
  }
  return { now: () => seconds * 1000, pass }
}

/** Claims that are valid at the start of the clock. */
export function validClaims(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const times = { iat: START_S, exp: START_S + 600 }
  return { iss: ISSUER, sub: 'alice', aud: AUDIENCE, ...times, ...changes }
}

/** A token with valid claims, except for the changes. A claim that is undefined is left out. */
export function tokenOf(key: IssuerKey, changes: Readonly<Record<string, unknown>> = {}): string {
  return signToken(key, { alg: key.alg, kid: key.kid, typ: 'JWT' }, validClaims(changes))
}

/** An authenticator of one issuer that answers without a network, and its clock. */
export function setting(keys: readonly IssuerKey[], changes: Partial<OidcSettings> = {}) {
  const clock = testClock()
  const issuer: FakeIssuer = fakeIssuer(ISSUER, ...keys)
  const { log, lines } = recordingLogger()
  const settings: OidcSettings = {
    audiences: [AUDIENCE],
    issuers: [{ issuer: ISSUER }],
    unknownIssuers: 'refuse',
    ownIssuer: 'https://registry.example',
    log,
    now: clock.now,
    fetch: issuer.fetch,
    ...changes,
  }
  const authenticator = createOidcAuthenticator(settings)
  const authenticate = async (token: string): Promise<Identity | undefined> => authenticator.authenticate(token)
  return { authenticator, authenticate, clock, issuer, lines, settings }
}
