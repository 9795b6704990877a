import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createStaticTokens } from '../../src/auth/static-tokens.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const tokens = createStaticTokens([
  { name: 'ci-legacy', sha256: sha256('secret-1') },
  { name: 'upper', sha256: sha256('secret-2').toUpperCase() },
])

test('a static token proves its name', () => {
  expect(tokens.authenticate('secret-1')).toEqual({
    kind: 'token',
    principal: { name: 'token:ci-legacy', issuer: 'waypost:token', subject: 'ci-legacy' },
    claims: {},
  })
})

test('a hash in capitals is the same hash', () => {
  expect(tokens.authenticate('secret-2')).toMatchObject({ principal: { subject: 'upper' } })
})

test('the same static token gives the same identity', () => {
  expect(tokens.authenticate('secret-1')).toBe(tokens.authenticate('secret-1'))
})

test.each(['', 'secret', 'secret-1 ', 'SECRET-1', sha256('secret-1'), 'a.b.c'])(
  'the text %j is no static token, and is left to other authenticators',
  (token) => {
    expect(tokens.authenticate(token)).toBeUndefined()
  },
)

test('without static tokens, every token is left to other authenticators', () => {
  expect(createStaticTokens([]).authenticate('secret-1')).toBeUndefined()
})

test('each of a thousand static tokens proves its own name', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => ({ name: `name-${at}`, sha256: sha256(`secret-${at}`) }))
  const { authenticate } = createStaticTokens(many)
  const names = many.map((_, at) => authenticate(`secret-${at}`))
  expect(names).toMatchObject(many.map(({ name }) => ({ principal: { subject: name } })))
})
