import { expect, test } from 'vitest'
import { identityOfCertificate } from '../../src/auth/certificates.ts'

const subject = 'CN=Deployer\\, blue,O=My Org'

test('a trusted certificate proves its subject', () => {
  expect(identityOfCertificate({ subject, isTrusted: true })).toEqual({
    kind: 'certificate',
    principal: { name: `certificate:${subject}`, issuer: 'waypost:certificate', subject },
    claims: {},
  })
})

test('a certificate that nobody known has signed is refused, and the message says what is needed', () => {
  const message =
    'the client certificate "CN=stranger" has expired, or no trusted authority has signed it; ' +
    'use a valid certificate of an authority that the server trusts, or none.'
  expect(() => identityOfCertificate({ subject: 'CN=stranger', isTrusted: false })).toThrow(
    expect.objectContaining({ reason: 'TOKEN_INVALID', message }),
  )
})

test.each(['', `CN=${'a'.repeat(1_022)}`])(
  'a trusted certificate without a subject, or with a long one, is refused',
  (name) => {
    expect(() => identityOfCertificate({ subject: name, isTrusted: true })).toThrow(
      expect.objectContaining({ reason: 'TOKEN_INVALID' }),
    )
  },
)

test('the name of a long subject is cut, but the subject is kept whole', () => {
  const long = `CN=${'a'.repeat(500)}`
  const { principal } = identityOfCertificate({ subject: long, isTrusted: true })
  expect(principal).toMatchObject({ subject: long, name: expect.stringMatching(/^certificate:CN=a+…$/) })
  expect(principal.name).toHaveLength(256)
})
