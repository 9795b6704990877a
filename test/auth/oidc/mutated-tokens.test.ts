import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeKey } from './issuer.ts'
import { setting, tokenOf } from './setting.ts'

const key = makeKey('ES256', 'k1')
const valid = tokenOf(key, { groups: ['a', { b: 'ü' }], pad: 'x'.repeat(40) })
const { authenticate } = setting([key])

const char = fc.constantFrom(...'ABCZabcz0189-_.=+/ "{}\\\n\u0000é')
/** Replaces a part of the token by other characters. */
const mutation = fc.record({
  at: fc.nat(valid.length),
  cut: fc.nat(3),
  insert: fc.string({ unit: char, maxLength: 3 }),
})

test('a valid token with any change is never accepted, and the refusal is one of ours', async () => {
  const mutated = fc
    .array(mutation, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce((token, { at, cut, insert }) => token.slice(0, at) + insert + token.slice(at + cut), valid),
    )
  const property = fc.asyncProperty(mutated, async (token) => {
    fc.pre(token !== valid && token.includes('.'))
    await expect(authenticate(token)).rejects.toMatchObject({ name: 'RegistryError', reason: 'TOKEN_INVALID' })
  })
  await fc.assert(property, { numRuns: 500 })
})

test('any text is refused or left to other authenticators, and never fails otherwise', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.base64String().map((part) => `${part}.${part}.`),
  )
  const property = fc.asyncProperty(text, async (token) => {
    const outcome = await authenticate(token).catch((error) => error.reason)
    expect([undefined, 'TOKEN_INVALID']).toContain(outcome)
  })
  await fc.assert(property, { numRuns: 500 })
})
