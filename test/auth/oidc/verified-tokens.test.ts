import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createOidcAuthenticator } from '../../../src/auth/oidc/oidc-authenticator.ts'
import { hashOf, VerifiedTokens } from '../../../src/auth/oidc/verified-tokens.ts'
import { anonymousIdentity } from '../../../src/domain/access/identity.ts'
import { type IssuerKey, makeKey } from './issuer.ts'
import { ISSUER, START_S, setting, tokenOf } from './setting.ts'

const key = makeKey('ES256', 'k1')
const other = makeKey('ES256', 'k2')

describe('a verified token is kept', () => {
  test('the same token gives the same identity, without waiting', async () => {
    const { authenticator } = setting([key])
    const token = tokenOf(key)
    const identity = await authenticator.authenticate(token)
    expect(authenticator.authenticate(token)).toBe(identity)
  })

  test('calls that send the same new token at the same time get the same identity', async () => {
    const { authenticate } = setting([key])
    const token = tokenOf(key)
    const identities = await Promise.all([authenticate(token), authenticate(token), authenticate(token)])
    expect(new Set(identities).size).toBe(1)
  })

  test('it is verified again after 5 minutes', async () => {
    const { authenticator, clock } = setting([key])
    const token = tokenOf(key)
    const identity = await authenticator.authenticate(token)
    clock.pass(299)
    expect(authenticator.authenticate(token)).toBe(identity)
    clock.pass(1)
    const again = authenticator.authenticate(token)
    expect(again).toBeInstanceOf(Promise)
    expect(await again).toEqual(identity)
  })

  test('it is refused once it has expired, although it was kept', async () => {
    const { authenticate, clock } = setting([key])
    const token = tokenOf(key, { exp: START_S + 60 })
    await authenticate(token)
    clock.pass(89)
    await expect(authenticate(token)).resolves.toMatchObject({ kind: 'oidc' })
    clock.pass(1)
    await expect(authenticate(token)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
  })

  test('a refused token is not kept, and is refused again', async () => {
    const { authenticate } = setting([key])
    const token = `${tokenOf(key).slice(0, -8)}AAAAAAAA`
    for (const _ of [1, 2]) await expect(authenticate(token)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
  })

  test('only the 4,096 most recently used tokens are kept', () => {
    const kept = new VerifiedTokens()
    const times = { now: 0, expiresAtMs: 1000 }
    kept.set('first', anonymousIdentity, times)
    kept.set('second', anonymousIdentity, times)
    for (let index = 0; index < 4_094; index += 1) kept.set(`${index}`, anonymousIdentity, times)
    expect(kept.get('first', 0)).toBe(anonymousIdentity)
    kept.set('one more', anonymousIdentity, times)
    expect(kept.get('first', 0)).toBe(anonymousIdentity)
    expect(kept.get('second', 0)).toBeUndefined()
  })

  test('the hash of a token is its SHA-256', () => {
    expect(hashOf('abc')).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
  })
})

describe('the settings are replaced', () => {
  test('verified tokens are forgotten, but the keys of an issuer stay, although it is down', async () => {
    const { settings, authenticator, authenticate, issuer } = setting([key])
    const token = tokenOf(key)
    await authenticate(token)
    issuer.answer(() => Promise.reject(new Error('connection refused')))
    const next = createOidcAuthenticator(settings, authenticator)
    authenticator.close()
    const again = next.authenticate(token)
    expect(again).toBeInstanceOf(Promise)
    await expect(again).resolves.toMatchObject({ kind: 'oidc' })
  })

  test('the keys that were taken over are still fetched after the earlier authenticator is closed', async () => {
    const { settings, authenticator, authenticate, clock, issuer } = setting([key])
    await authenticate(tokenOf(key))
    const next = createOidcAuthenticator(settings, authenticator)
    authenticator.close()
    issuer.publish(key, other)
    clock.pass(30)
    await expect(next.authenticate(tokenOf(other))).resolves.toMatchObject({ kind: 'oidc' })
  })

  test('a token for an audience that is gone is refused', async () => {
    const { settings, authenticator, authenticate } = setting([key])
    const token = tokenOf(key)
    await authenticate(token)
    const next = createOidcAuthenticator({ ...settings, audiences: ['https://new.example'] }, authenticator)
    expect(() => next.authenticate(token)).toThrow('the audience (aud)')
  })

  test('a token of an issuer that is gone is refused', async () => {
    const { settings, authenticator, authenticate } = setting([key])
    const token = tokenOf(key)
    await authenticate(token)
    const next = createOidcAuthenticator({ ...settings, issuers: [] }, authenticator)
    expect(() => next.authenticate(token)).toThrow(`issuer (iss) "${ISSUER}"`)
  })

  test('the keys are fetched anew if they come from another place', async () => {
    const { settings, authenticator, authenticate, issuer } = setting([key])
    await authenticate(tokenOf(key))
    const issuers = [{ issuer: ISSUER, jwksUri: 'https://keys.example/jwks' }]
    const next = createOidcAuthenticator({ ...settings, issuers }, authenticator)
    await next.authenticate(tokenOf(key))
    expect(issuer.requests.at(-1)).toBe('https://keys.example/jwks')
  })
})

describe('keys in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-jwks-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'jwks.json')
  const write = (...keys: IssuerKey[]) => writeFileSync(path, JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  const withFile = () => setting([], { issuers: [{ issuer: ISSUER, jwksFile: path }] })

  test('no request is sent', async () => {
    write(key)
    const { authenticate, issuer } = withFile()
    await expect(authenticate(tokenOf(key))).resolves.toMatchObject({ kind: 'oidc' })
    expect(issuer.requests).toEqual([])
  })

  test('a new key in the file is read for a token that names it', async () => {
    write(key)
    const { authenticate, clock } = withFile()
    write(key, other)
    clock.pass(30)
    await expect(authenticate(tokenOf(other))).resolves.toMatchObject({ kind: 'oidc' })
  })

  test('a file that is broken later keeps the previous keys', async () => {
    write(key)
    const { authenticate, clock, lines } = withFile()
    writeFileSync(path, '{')
    clock.pass(600)
    await expect(authenticate(tokenOf(key, { exp: START_S + 900 }))).resolves.toMatchObject({ kind: 'oidc' })
    expect(lines).toMatchObject([{ level: 'warn' }])
  })

  test.each([
    ['is missing', undefined],
    ['is not JSON', '{'],
    ['has no keys', '{"keys":[]}'],
  ])('a file that %s stops the start, and the message names it', (_what, text) => {
    if (text === undefined) rmSync(path, { force: true })
    else writeFileSync(path, text)
    expect(withFile).toThrow(/^jwks_file ".*jwks\.json" cannot be used \(.+\); use the path of a JWKS\.$/)
  })
})
