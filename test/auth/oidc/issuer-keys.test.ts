import { describe, expect, test } from 'vitest'
import { type IssuerKey, makeKey, signToken } from './issuer.ts'
import { ISSUER, setting, tokenOf, validClaims } from './setting.ts'

const [first, second, third] = ['k1', 'k2', 'k3'].map((kid) => makeKey('ES256', kid)) as [
  IssuerKey,
  IssuerKey,
  IssuerKey,
]
const MINUTE = 60
const DAY = 24 * 60 * MINUTE

const accepted = { kind: 'oidc' }
const refused = { reason: 'TOKEN_INVALID' }
const unreachable = { reason: 'ISSUER_UNREACHABLE', code: 'unavailable' }

/** A setting whose tokens live for days, so that only the keys end. */
function longLived(...keys: IssuerKey[]) {
  const made = setting(keys)
  let number = 0
  // Each token is another one, because verified tokens are kept.
  const send = (key: IssuerKey) => made.authenticate(tokenOf(key, { exp: 2_000_000_000, jti: `${number++}` }))
  const jwksRequests = () => made.issuer.requests.filter((url) => url.endsWith('/jwks')).length
  return { ...made, send, jwksRequests }
}

const down = () => Promise.reject(new Error('connection refused'))

describe('keys are kept', () => {
  test('the first token fetches the document of the issuer and then its keys', async () => {
    const { send, issuer } = longLived(first)
    expect(issuer.requests).toEqual([])
    await send(first)
    expect(issuer.requests).toEqual([`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/jwks`])
  })

  test('the keys are used for 10 minutes without asking again', async () => {
    const { send, clock, jwksRequests } = longLived(first)
    await send(first)
    clock.pass(10 * MINUTE - 1)
    await send(first)
    expect(jwksRequests()).toBe(1)
    clock.pass(1)
    await send(first)
    expect(jwksRequests()).toBe(2)
  })

  test('tokens that come at the same time share one request', async () => {
    const { send, jwksRequests } = longLived(first)
    await Promise.all(Array.from({ length: 50 }, () => send(first)))
    expect(jwksRequests()).toBe(1)
  })

  test('a key that the issuer has withdrawn is refused after 10 minutes', async () => {
    const { send, clock, issuer } = longLived(first, second)
    await send(first)
    issuer.publish(second)
    await expect(send(first)).resolves.toMatchObject(accepted)
    clock.pass(10 * MINUTE)
    await expect(send(first)).rejects.toMatchObject(refused)
    await expect(send(second)).resolves.toMatchObject(accepted)
  })

  test('a clock that was set back causes a new request', async () => {
    const { send, clock, jwksRequests } = longLived(first)
    await send(first)
    clock.pass(-20)
    await send(first)
    expect(jwksRequests()).toBe(2)
  })
})

describe('keys rotate', () => {
  test('a token with a new key is accepted at once if the keys are older than 30 seconds', async () => {
    const { send, clock, issuer } = longLived(first)
    await send(first)
    issuer.publish(first, second)
    clock.pass(30)
    await expect(send(second)).resolves.toMatchObject(accepted)
    await expect(send(first)).resolves.toMatchObject(accepted)
  })

  test('unknown key ids cause one request in 30 seconds', async () => {
    const { send, clock, jwksRequests } = longLived(first)
    await send(first)
    for (let second = 0; second < 59; second += 1) {
      clock.pass(1)
      await Promise.all([third, third, third].map((key) => expect(send(key)).rejects.toMatchObject(refused)))
    }
    expect(jwksRequests()).toBe(1 + 1)
  })

  test('tokens without a fitting key that come at the same time share one request', async () => {
    const { send, clock, issuer, jwksRequests } = longLived(first)
    await send(first)
    issuer.publish(first, second)
    clock.pass(30)
    await Promise.all(Array.from({ length: 20 }, () => expect(send(second)).resolves.toMatchObject(accepted)))
    expect(jwksRequests()).toBe(2)
  })
})

describe('an issuer does not answer', () => {
  test('without any key, the refusal says that the issuer cannot be reached', async () => {
    const { send, issuer, lines } = longLived(first)
    issuer.answer(down)
    await expect(send(first)).rejects.toMatchObject({
      ...unreachable,
      message: `the keys of the issuer "${ISSUER}" cannot be fetched; try again later.`,
    })
    expect(lines).toMatchObject([{ level: 'warn', fields: { issuer: ISSUER, hasPrevious: false } }])
  })

  test('without any key, the issuer is asked every 5 seconds until it answers', async () => {
    const { send, clock, issuer, jwksRequests } = longLived(first)
    issuer.answer(down)
    for (let second = 0; second < 10; second += 1) {
      await expect(send(first)).rejects.toMatchObject(unreachable)
      clock.pass(1)
    }
    expect(jwksRequests()).toBe(2)
    issuer.publish(first)
    await expect(send(first)).resolves.toMatchObject(accepted)
  })

  test('the previous keys are used for 24 hours', async () => {
    const { send, clock, issuer } = longLived(first)
    await send(first)
    issuer.answer(down)
    clock.pass(DAY - 1)
    await expect(send(first)).resolves.toMatchObject(accepted)
    clock.pass(1)
    await expect(send(first)).rejects.toMatchObject(unreachable)
  })

  test('a key id that is unknown is refused, and not called an outage, while keys are held', async () => {
    const { send, clock, issuer } = longLived(first)
    await send(first)
    issuer.answer(down)
    clock.pass(30)
    await expect(send(second)).rejects.toMatchObject(refused)
  })

  test('after a failure, tokens do not wait for the next try', async () => {
    const { send, clock, issuer } = longLived(first)
    await send(first)
    issuer.answer(down)
    clock.pass(10 * MINUTE)
    await send(first)
    const never = Promise.withResolvers<Response>()
    issuer.answer(() => never.promise)
    clock.pass(30)
    await expect(send(first)).resolves.toMatchObject(accepted)
    never.reject(new Error('aborted'))
  })

  test('an outage that ends is noticed within 30 seconds', async () => {
    const { send, clock, issuer, lines } = longLived(first)
    await send(first)
    issuer.answer(down)
    clock.pass(10 * MINUTE)
    await send(first)
    issuer.publish(second)
    clock.pass(30)
    await expect(send(second)).resolves.toMatchObject(accepted)
    await expect(send(first)).rejects.toMatchObject(refused)
    expect(lines.at(-1)).toMatchObject({ level: 'info', message: 'the keys of an issuer were fetched after a failure' })
  })
})

const jwks = (keys: unknown) => () => Response.json({ keys })
const { x, y } = first.jwk

describe('an answer is of no use', () => {
  test.each<[string, () => Response]>([
    ['has no keys', jwks([])],
    ['has only keys to encrypt', jwks([{ ...second.jwk, use: 'enc' }])],
    ['has only keys of other algorithms', jwks([{ ...second.jwk, alg: 'ES384' }])],
    ['has only keys to derive keys', jwks([{ ...second.jwk, key_ops: ['deriveKey'] }])],
    ['has only secrets', jwks([{ kty: 'oct', k: 'c2VjcmV0', kid: 'k1' }])],
    ['has only keys on another curve', jwks([{ kty: 'EC', crv: 'P-384', x, y, kid: 'k1' }])],
    ['has a list of texts', jwks(['k1', null, 1])],
    ['has keys that are no list', jwks({ k1: first.jwk })],
    ['is a list', () => Response.json([first.jwk])],
    ['is null', () => Response.json(null)],
    ['is not JSON', () => new Response('<html>')],
    ['is empty', () => new Response('')],
    ['has an error status', () => Response.json({ keys: [second.jwk] }, { status: 500 })],
    ['has the status 204', () => new Response(null, { status: 204 })],
  ])('an answer that %s keeps the previous keys', async (_what, answer) => {
    const { send, clock, issuer, lines } = longLived(first)
    await send(first)
    issuer.answer(answer)
    clock.pass(10 * MINUTE)
    await expect(send(first)).resolves.toMatchObject(accepted)
    await expect(send(second)).rejects.toMatchObject(refused)
    expect(lines).toMatchObject([
      { level: 'warn', message: 'the keys of an issuer cannot be fetched', fields: { hasPrevious: true } },
    ])
  })

  test('keys that nobody can use do not harm the others', async () => {
    const { send, issuer } = longLived(first)
    issuer.answer(jwks([null, { kty: 'EC', kid: 'k1', crv: 'P-521' }, { kty: 'oct', kid: 'k1', k: 'AA' }, first.jwk]))
    await expect(send(first)).resolves.toMatchObject(accepted)
  })

  test('a private key that an issuer publishes by mistake verifies as its public part', async () => {
    const { send, issuer } = longLived(first)
    const { d } = first.privateKey.export({ format: 'jwk' })
    issuer.answer(jwks([{ ...first.jwk, d, key_ops: ['verify'] }]))
    await expect(send(first)).resolves.toMatchObject(accepted)
  })

  test('a point that is not on its curve refuses its tokens only', async () => {
    const { send, issuer } = longLived(first)
    issuer.answer(jwks([{ ...first.jwk, x: second.jwk.x }, second.jwk]))
    await expect(send(first)).rejects.toMatchObject(refused)
    await expect(send(second)).resolves.toMatchObject(accepted)
  })
})

describe('the document of an issuer', () => {
  const discovered = (document: unknown) => {
    const made = setting([first])
    const inner = made.issuer.fetch
    const requests: string[] = []
    const fetch: typeof globalThis.fetch = async (url, init) => {
      requests.push(String(url))
      return String(url).endsWith('openid-configuration') ? Response.json(document) : inner(url, init)
    }
    return { ...setting([first], { fetch }), requests }
  }

  test.each([
    ['names another issuer', { issuer: 'https://evil.example', jwks_uri: `${ISSUER}/jwks` }],
    ['names the issuer with a final slash', { issuer: `${ISSUER}/`, jwks_uri: `${ISSUER}/jwks` }],
    ['names no issuer', { jwks_uri: `${ISSUER}/jwks` }],
    ['names no keys', { issuer: ISSUER }],
    ['names keys over http', { issuer: ISSUER, jwks_uri: 'http://issuer.example/jwks' }],
    ['names keys on the machine of the server', { issuer: ISSUER, jwks_uri: 'http://127.0.0.1/jwks' }],
    ['names a file', { issuer: ISSUER, jwks_uri: 'file:///etc/passwd' }],
    ['names keys with a password', { issuer: ISSUER, jwks_uri: 'https://a:b@issuer.example/jwks' }],
    ['is null', null],
  ])('a document that %s gives no keys, and nothing else is asked for', async (_what, document) => {
    const { authenticate, requests } = discovered(document)
    await expect(authenticate(tokenOf(first))).rejects.toMatchObject(unreachable)
    expect(requests).toEqual([`${ISSUER}/.well-known/openid-configuration`])
  })

  test('keys on another host over https are used, as Google has them', async () => {
    const { authenticate } = discovered({ issuer: ISSUER, jwks_uri: 'https://keys.example/jwks' })
    await expect(authenticate(tokenOf(first))).resolves.toMatchObject(accepted)
  })

  test('it is not needed if the settings name the keys', async () => {
    const { issuer, authenticate } = setting([first], {
      issuers: [{ issuer: ISSUER, jwksUri: 'https://k.example/jwks' }],
    })
    await expect(authenticate(tokenOf(first))).resolves.toMatchObject(accepted)
    expect(issuer.requests).toEqual(['https://k.example/jwks'])
  })
})

test('keys that are named in the header of a token are never fetched', async () => {
  const { authenticate, issuer } = setting([first])
  const header = { alg: 'ES256', kid: 'k1', jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x5u' }
  await authenticate(signToken(first, header, validClaims()))
  expect(issuer.requests.filter((url) => !url.startsWith(ISSUER))).toEqual([])
})
