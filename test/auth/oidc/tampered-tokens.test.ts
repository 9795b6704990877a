import { expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { signToken } from './issuer.ts'
import { setting, tokenOf, validClaims } from './setting.ts'
import { publishedKeys, tamperedTokens } from './tampered-tokens.ts'

const { authenticate } = setting(publishedKeys)
const [, ec] = publishedKeys as [(typeof publishedKeys)[0], (typeof publishedKeys)[0]]

async function refusalOf(token: string): Promise<RegistryError> {
  const error: unknown = await authenticate(token).then(
    () => undefined,
    (cause) => cause,
  )
  if (!(error instanceof RegistryError)) expect.unreachable('the token was accepted, or the error has no reason')
  return error
}

test('at least 60 tampered tokens are tried', () => {
  expect(new Set(tamperedTokens.map(({ token }) => token)).size).toBeGreaterThanOrEqual(60)
})

test('the issuer of the tampered tokens has keys that sign valid ones', async () => {
  for (const key of publishedKeys.slice(0, 4)) expect(await authenticate(tokenOf(key))).toMatchObject({ kind: 'oidc' })
})

test.each(tamperedTokens)('the check fails for a token $what, and the message names it', async ({ token, refusal }) => {
  const error = await refusalOf(token)
  expect(error).toMatchObject({ reason: 'TOKEN_INVALID', message: expect.stringContaining(refusal) })
  expect(error.message).toMatch(/^the .+; .+\.$/)
  expect(error.message.length).toBeLessThan(400)
})

test.each(tamperedTokens)('no part of the token is in the refusal of a token $what', async ({ token }) => {
  const { message, cause } = await refusalOf(token)
  const parts = token.split('.').filter((part) => part.length > 8)
  for (const part of parts) expect(`${message} ${cause ?? ''}`).not.toContain(part.slice(0, 24))
})

test('a valid token is accepted after all tampered ones', async () => {
  expect(await authenticate(signToken(ec, { alg: 'ES256', kid: ec.kid }, validClaims()))).toMatchObject({
    kind: 'oidc',
  })
})
