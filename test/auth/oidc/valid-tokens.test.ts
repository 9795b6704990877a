import { expect, test } from 'vitest'
import { makeKey, signToken } from './issuer.ts'
import { AUDIENCE, ISSUER, START_S, setting, tokenOf, validClaims } from './setting.ts'

const rsa = makeKey('RS256', 'rsa-1')
const ec = makeKey('ES256', 'ec-1')
const ed = makeKey('EdDSA', 'ed-1')
const keys = [rsa, ec, ed]

test('a valid token proves the issuer, the subject and all claims', async () => {
  const { authenticate } = setting(keys)
  expect(await authenticate(tokenOf(rsa, { groups: ['a'] }))).toEqual({
    kind: 'oidc',
    principal: { name: `${ISSUER} alice`, issuer: ISSUER, subject: 'alice' },
    claims: validClaims({ groups: ['a'] }),
  })
})

test.each([rsa, ec, ed])('a token that is signed with $alg is accepted', async (key) => {
  expect(await setting(keys).authenticate(tokenOf(key))).toMatchObject({ kind: 'oidc' })
})

test.each([
  ['one audience as text', { aud: AUDIENCE }],
  ['one audience in a list, as Kubernetes writes it', { aud: [AUDIENCE] }],
  ['an audience with a final slash', { aud: `${AUDIENCE}/` }],
  ['exp within the leeway of 30 seconds', { exp: START_S - 29 }],
  ['iat within the leeway of 30 seconds', { iat: START_S + 30 }],
  ['nbf within the leeway of 30 seconds', { nbf: START_S + 30 }],
  ['a fraction of a second in iat', { iat: START_S - 0.5 }],
  ['a subject in another script', { sub: 'Ünï-شركة' }],
])('a token with %s is accepted', async (_what, claims) => {
  expect(await setting(keys).authenticate(tokenOf(ec, claims))).toMatchObject({ kind: 'oidc' })
})

test('an audience of the settings with a final slash accepts tokens without it', async () => {
  const { authenticate } = setting(keys, { audiences: [`${AUDIENCE}/`] })
  expect(await authenticate(tokenOf(ec))).toMatchObject({ kind: 'oidc' })
})

test.each([
  ['no type', { typ: undefined }],
  ['the type of an access token', { typ: 'at+jwt' }],
  ['a type in another case', { typ: 'jwt' }],
  ['unknown parts in its header', { x5t: 'abc', foo: { bar: 1 } }],
])('a token with %s is accepted', async (_what, header) => {
  const token = signToken(ec, { alg: ec.alg, kid: ec.kid, ...header }, validClaims())
  expect(await setting(keys).authenticate(token)).toMatchObject({ kind: 'oidc' })
})

test('a token without a key id is accepted if only one key fits its algorithm', async () => {
  const token = signToken(ec, { alg: ec.alg }, validClaims())
  expect(await setting(keys).authenticate(token)).toMatchObject({ kind: 'oidc' })
})

test('a token of an issuer that is not known is anonymous if the settings say so, whatever else is in it', async () => {
  const { authenticate, issuer } = setting(keys, { unknownIssuers: 'anonymous' })
  const token = signToken(rsa, { alg: 'PS512' }, { iss: 'https://accounts.google.com' })
  expect(await authenticate(token)).toMatchObject({ kind: 'anonymous' })
  expect(issuer.requests).toEqual([])
})

test('a text without a dot is left to other authenticators', () => {
  expect(setting(keys).authenticator.authenticate('some-static-token')).toBeUndefined()
})
