import { Code } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { fromConnectError } from '../../../src/client/calls/errors.ts'
import { RegistryError } from '../../../src/domain/errors.ts'
import { errorCodes } from '../../../src/domain/reasons.ts'
import { toConnectError, toHttpStatus, toRegistryError } from '../../../src/server/call/wire-errors.ts'

test.for(errorCodes)('the error code %s is the same on the server, on the wire and in the client', (code) => {
  const fieldViolations = [{ field: 'revision_tag', description: 'is odd' }]
  const sent = new RegistryError({ code, reason: 'REVISION_NOT_FOUND', message: 'a message', fieldViolations })
  const wire = toConnectError(sent)
  expect(Code[wire.code]?.toLowerCase()).toBe(code.replaceAll('_', ''))
  const { code: received, reason, message, fieldViolations: violations } = fromConnectError(wire)
  expect({ received, reason, message }).toEqual({ received: code, reason: sent.reason, message: sent.message })
  expect(violations).toEqual(fieldViolations)
})

test('an unexpected error becomes an internal error that does not reveal its cause', () => {
  const cause = new TypeError('secret detail')
  const error = toRegistryError(cause)
  expect(error).toMatchObject({ code: 'internal', reason: 'INTERNAL', message: 'internal error', cause })
  expect(toHttpStatus(error)).toBe(500)
  expect(toConnectError(error).message).not.toContain('secret')
})
