import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { generateKeyFile, parseKeyFile } from '../../src/call-tokens/keys/signing-key.ts'
import { CallTokenError, verifyCallToken } from '../../src/verify-call-token/index.ts'
import { KeyCache } from '../../src/verify-call-token/key-cache.ts'
import { verifyWith } from '../../src/verify-call-token/verify-call-token.ts'

const newKey = () => parseKeyFile(JSON.stringify(generateKeyFile(0)))
const [key, other] = [newKey(), newKey()]
const revision = 'my-org/my-service:1.2.9'
const waypost = { namespace: 'my-org', name: 'my-service', revision_tag: '1.2.9', generation: 7 }

/** A registry that only publishes keys. */
let registry = ''
let published = [key]
let fetched = 0
let answer: (() => { status: number; body: string }) | undefined
const server = createServer((request, response) => {
  fetched++
  const { status, body } = answer?.() ?? { status: 200, body: jwksOf(published) }
  const found = request.url === '/.well-known/jwks.json'
  response.writeHead(found ? status : 404, { location: '/elsewhere' }).end(body)
})
const jwksOf = (keys: readonly (typeof key)[]) => `{"keys":[${keys.map(({ publicJwk }) => publicJwk)}]}`

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const seconds = () => Math.floor(Date.now() / 1000)

interface Changes {
  readonly claims?: object
  readonly header?: object
  readonly key?: typeof key
}

function sign(changes: Changes = {}): Promise<string> {
  const { kid, privateKey } = changes.key ?? key
  const claims = {
    ...{ iss: registry, aud: `waypost:${revision}`, sub: 'https://i.example#a', client_id: 'https://i.example#a' },
    ...{ iat: seconds(), exp: seconds() + 300, jti: 'id', waypost },
    ...changes.claims,
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...changes.header })
    .sign(privateKey)
}

const verify = (token: string, options: object = {}) => verifyCallToken(token, { registry, revision, ...options })
const reasonOf = (token: string, options: object = {}) =>
  verify(token, options).then(
    () => 'accepted',
    (error: CallTokenError) => {
      expect(error).toBeInstanceOf(CallTokenError)
      // Neither the token nor a part of it is in the message.
      for (const part of token.split('.')) if (part.length > 8) expect(error.message).not.toContain(part.slice(0, 8))
      return error.reason
    },
  )

describe('verifyCallToken', () => {
  test('a valid token tells the caller, its name, its times and the generation', async () => {
    const verified = await verify(await sign())
    expect(verified).toEqual({
      ...{ caller: 'https://i.example#a', id: 'id', generation: 7 },
      ...{ issuedAt: expect.any(Date), expiresAt: new Date(verified.issuedAt.getTime() + 300_000) },
    })
  })

  test.for<readonly [string, Changes, string]>([
    ['of another registry', { claims: { iss: 'https://other.example' } }, 'WRONG_ISSUER'],
    ['of an issuer with a slash more', { claims: { iss: 'slash' } }, 'WRONG_ISSUER'],
    ['for another audience', { claims: { aud: 'waypost:my-org/my-service:1.3.0' } }, 'WRONG_AUDIENCE'],
    ['for two audiences', { claims: { aud: [`waypost:${revision}`, 'others'] } }, 'WRONG_AUDIENCE'],
    ['for another tag', { claims: { waypost: { ...waypost, revision_tag: '1.3.0' } } }, 'WRONG_REVISION'],
    ['for another service', { claims: { waypost: { ...waypost, name: 'other' } } }, 'WRONG_REVISION'],
    ['for another namespace', { claims: { waypost: { ...waypost, namespace: 'other' } } }, 'WRONG_REVISION'],
    ['without a revision', { claims: { waypost: undefined } }, 'MALFORMED'],
    ['whose revision is a text', { claims: { waypost: revision } }, 'MALFORMED'],
    ['that has ended', { claims: { iat: 1_000, exp: 1_300 } }, 'EXPIRED'],
    ['that lives longer than an hour', { claims: { iat: 1_000, exp: 9e9 } }, 'EXPIRED'],
    ['from the future', { claims: { iat: 9e9, exp: 9e9 + 60 } }, 'NOT_YET_VALID'],
    ['that begins later', { claims: { nbf: 9e9 } }, 'NOT_YET_VALID'],
    ['without an end', { claims: { exp: undefined } }, 'MALFORMED'],
    ['whose end is a text', { claims: { exp: '9999999999' } }, 'MALFORMED'],
    ['without an issuer', { claims: { iss: undefined } }, 'MALFORMED'],
    ['without a caller', { claims: { sub: undefined } }, 'MALFORMED'],
    ['without a name', { claims: { jti: undefined } }, 'MALFORMED'],
    ['that is an ID token', { header: { typ: 'JWT' } }, 'WRONG_TYPE'],
    ['without a type', { header: { typ: undefined } }, 'WRONG_TYPE'],
    ['of a key that is not published', { key: other }, 'UNKNOWN_KEY'],
    ['of another key with the same name', { key: other, header: { kid: key.kid } }, 'WRONG_SIGNATURE'],
  ])('a token %s is refused: %o', async ([, changes, reason]) => {
    const claims = Object(changes.claims)
    const token = await sign({ ...changes, ...(claims.iss === 'slash' && { claims: { iss: `${registry}/` } }) })
    expect(await reasonOf(token)).toBe(reason)
  })

  test.for<readonly [string, (token: string) => string, string]>([
    ['is empty', () => '', 'MALFORMED'],
    ['is no JWT', () => 'abc', 'MALFORMED'],
    ['has no signature', (token) => token.replace(/[^.]*$/, ''), 'WRONG_SIGNATURE'],
    ['was changed', (token) => token.replace(/\.[^.]/, '.f'), 'WRONG_SIGNATURE'],
    ['is longer than 16 KiB', (token) => token.padEnd(16_385, 'a'), 'MALFORMED'],
    ['is signed with nothing', unsigned({ alg: 'none', typ: 'at+jwt' }), 'WRONG_ALGORITHM'],
    [
      'is signed with the public key as a secret',
      unsigned({ alg: 'HS256', typ: 'at+jwt', kid: key.kid }),
      'WRONG_ALGORITHM',
    ],
    [
      'brings its own key',
      unsigned({ alg: 'ES256', typ: 'at+jwt', jwk: JSON.parse(other.publicJwk) }),
      'WRONG_SIGNATURE',
    ],
  ])('a token that %s is refused', async ([, change, reason]) => {
    const changed = change(await sign())
    expect(await reasonOf(changed)).toBe(reason)
  })

  test('clocks may differ by 30 seconds, or by as much as the caller of the function says', async () => {
    const ended = await sign({ claims: { iat: seconds() - 320, exp: seconds() - 20 } })
    expect(await reasonOf(ended)).toBe('accepted')
    expect(await reasonOf(ended, { clockToleranceS: 5 })).toBe('EXPIRED')
  })

  test('an operator may choose another audience, which the verifier names', async () => {
    const token = await sign({ claims: { aud: 'https://a.example' } })
    expect(await reasonOf(token, { audience: 'https://a.example' })).toBe('accepted')
    expect(await reasonOf(await sign(), { audience: 'https://a.example' })).toBe('WRONG_AUDIENCE')
  })

  test('a slash at the end of the URL of the registry does not matter', async () => {
    expect(await reasonOf(await sign(), { registry: `${registry}/` })).toBe('accepted')
  })

  test.for(['http://registry.example.com', 'registry.example.com', 'ftp://localhost'])(
    'keys are not read from %s, where others could change them',
    async (url) => {
      await expect(verify(await sign(), { registry: url })).rejects.toThrow(TypeError)
    },
  )

  test('a revision that is no SRUID is refused as an option', async () => {
    await expect(verify(await sign(), { revision: 'my-org/my-service' })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})

function unsigned(header: object): (token: string) => string {
  return (token) => token.replace(/^[^.]*/, Buffer.from(JSON.stringify(header)).toString('base64url'))
}

describe('the keys of a registry', () => {
  let elapsed = 0
  const cacheOf = (times?: ConstructorParameters<typeof KeyCache>[0]['times']) =>
    new KeyCache({ url: `${registry}/.well-known/jwks.json`, fetch, elapsed: () => elapsed, ...(times && { times }) })
  const check = async (cache: KeyCache, token: Promise<string>) =>
    verifyWith(cache, await token, { registry, revision }).then(
      () => 'accepted',
      ({ reason }: CallTokenError) => reason,
    )
  const minutes = (count: number) => {
    elapsed += count * 60_000
  }

  test('many tokens at once need one request, and it is not repeated for 5 minutes', async () => {
    const cache = cacheOf()
    fetched = 0
    await Promise.all(Array.from({ length: 20 }, () => check(cache, sign())))
    minutes(5)
    await check(cache, sign())
    expect(fetched).toBe(1)
    minutes(1)
    expect(await check(cache, sign())).toBe('accepted')
    expect(fetched).toBe(2)
  })

  test('a token of an unknown key makes the verifier look for it, but at most every 30 seconds', async () => {
    const cache = cacheOf()
    await check(cache, sign())
    fetched = 0
    published = [key, other]
    expect([await check(cache, sign({ key: other })), fetched]).toEqual(['UNKNOWN_KEY', 0])
    minutes(0.5)
    expect([await check(cache, sign({ key: other })), fetched]).toEqual(['accepted', 1])
    published = [key]
  })

  test.for<readonly [string, () => { status: number; body: string }]>([
    ['answers with an error', () => ({ status: 503, body: '' })],
    ['answers with no keys', () => ({ status: 200, body: '{"keys":[]}' })],
    ['answers with another document', () => ({ status: 200, body: '<html>' })],
    ['answers with more than 1 MiB', () => ({ status: 200, body: jwksOf(published).padEnd(2 ** 20 + 1) })],
    ['leads to another place', () => ({ status: 302, body: '' })],
  ])('if the registry %s, the keys are kept for a day', async ([, broken]) => {
    const cache = cacheOf()
    await check(cache, sign())
    answer = broken
    minutes(23 * 60)
    expect(await check(cache, sign())).toBe('accepted')
    minutes(2 * 60)
    expect(await check(cache, sign())).toBe('KEYS_UNAVAILABLE')
    answer = undefined
    minutes(1)
    expect(await check(cache, sign())).toBe('accepted')
  })

  test('without any key, a token is neither accepted nor refused for good', async () => {
    answer = () => ({ status: 500, body: '' })
    const cache = cacheOf()
    await expect(verifyWith(cache, await sign(), { registry, revision })).rejects.toMatchObject({
      reason: 'KEYS_UNAVAILABLE',
      message: `the keys at ${registry}/.well-known/jwks.json cannot be read; try again later.`,
    })
    answer = undefined
  })

  test('the keys are kept from call to call', async () => {
    const counted = vi.fn(fetch)
    for (let call = 0; call < 3; call++) expect(await reasonOf(await sign(), { fetch: counted })).toBe('accepted')
    expect(counted).toHaveBeenCalledTimes(1)
  })
})
