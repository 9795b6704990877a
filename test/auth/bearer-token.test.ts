import { expect, test } from 'vitest'
import { bearerToken } from '../../src/auth/bearer-token.ts'

test.each(['Bearer abc.def_-~+/1=', 'bearer abc.def_-~+/1=', 'BEARER   abc.def_-~+/1='])(
  'the header %j has a token',
  (header) => {
    expect(bearerToken(header)).toBe('abc.def_-~+/1=')
  },
)

test.each([
  '',
  'Bearer',
  'Bearer ',
  'abc',
  'Basic dXNlcjpwYXNz',
  'Digest username="a"',
  'Bearer: abc',
  'Bearer\tabc',
  'Bearer abc def',
  'Bearer abc, Bearer def',
  'Bearer "abc"',
  'Bearer abc\u0000',
  'Bearer äbc',
  ' Bearer abc',
  'Bearer abc ',
])('the header %j has no bearer token, and its refusal does not repeat it', (header) => {
  const refusal = 'the header Authorization has no bearer token; send one header of the form "Bearer TOKEN".'
  expect(() => bearerToken(header)).toThrow(expect.objectContaining({ reason: 'TOKEN_INVALID', message: refusal }))
})

test('a token of 8,192 characters is read, and a longer one is refused', () => {
  expect(bearerToken(`Bearer ${'a'.repeat(8_192)}`)).toHaveLength(8_192)
  for (const length of [8_193, 16 * 1024, 1024 * 1024]) {
    expect(() => bearerToken(`Bearer ${'a'.repeat(length)}`)).toThrow('the token has more than 8,192 characters; use')
  }
})
