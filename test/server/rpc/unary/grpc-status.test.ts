import { expect, test } from 'vitest'
import { refusal } from '../../../../src/domain/access/refusal.ts'
import { parseServiceId } from '../../../../src/domain/sruid.ts'
import { toConnectError } from '../../../../src/server/call/wire-errors.ts'
import { toStatus } from '../../../../src/server/rpc/unary/grpc-status.ts'

/** The fields of the refusal of a caller whose name, subject and claims have this letter only. */
function refuse(letter: string) {
  const text = letter.repeat(200)
  const claims = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`claim_${at}`, text]))
  const principal = { name: text, issuer: 'https://issuer.example', subject: text }
  const error = refusal({ kind: 'oidc', principal, claims }, 'read', parseServiceId('my-org', 'my-service'))
  const fields = toStatus(toConnectError(error))
  return { error, message: fields['grpc-message'] ?? '', details: fields['grpc-status-details-bin'] ?? '', fields }
}

test.for(['a', 'é', '漢', '😀', '\u200b', '"'])(
  'the refusal of a caller with claims full of %j fits the 8 KiB that all libraries of gRPC accept',
  (letter) => {
    const { error, fields, message, details } = refuse(letter)
    // As HPACK counts them.
    const size = Object.entries(fields).reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0)
    expect(size).toBeLessThan(8_000)
    const beginning = decodeURIComponent(message).replace(/…$/, '')
    expect(error.message.startsWith(beginning) || error.message === decodeURIComponent(message)).toBe(true)
    expect(beginning).toContain('permission "read" on "my-org/my-service" is missing')
    expect(Buffer.from(details, 'base64').toString('utf8')).toContain(error.message)
  },
)

test('a message that fits is whole', () => {
  const { error, message } = refuse('a')
  expect(decodeURIComponent(message)).toBe(error.message)
})
