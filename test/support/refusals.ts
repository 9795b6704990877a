import { expect } from 'vitest'
import { type Answer, ApiError } from './api.ts'

/** What a call has to be refused with. */
export interface ExpectedError {
  readonly code: keyof typeof httpStatuses
  readonly reason: string
  /** The field that the error is about. */
  readonly field?: string
  readonly message?: RegExp
  /** What REST answers instead, without fields: a GET of a name that nothing can have finds nothing. */
  readonly rest?: { readonly status: number; readonly reason: string } | undefined
}

const httpStatuses = {
  invalid_argument: 400,
  failed_precondition: 400,
  not_found: 404,
  already_exists: 409,
  aborted: 409,
  internal: 500,
} as const

/** Fails unless the call is refused in this way: with this code and reason, about this field. */
export async function expectRefusal(call: Promise<unknown>, expected: ExpectedError): Promise<void> {
  const error = await call.then(
    (answer) => new Error(`it was answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  )
  const { code, reason, field = '', message = /./, rest } = expected
  if (!(error instanceof ApiError)) throw error
  expect(error.message).toMatch(message)
  expect(error.message).toContain(field)
  if (error.code === undefined && rest !== undefined) return expect(error).toMatchObject(rest)
  if (error.code === undefined) expect(error.status, error.message).toBe(httpStatuses[code])
  else expect(error.code, error.message).toBe(code)
  expect(error.reason, error.message).toBe(reason)
  if (field !== '') expect(error.fields, error.message).toContain(field)
}

/** Fails unless the answer is that there is no such service, revision or alias. */
export function expectNotFound(answer: Answer | undefined): void {
  if (answer === undefined || answer.ok) expect.fail(`it was answered ${JSON.stringify(answer)}`)
  const { code, status, message } = answer.error
  expect({ code, status }, message).toMatchObject(code === undefined ? { status: 404 } : { code: 'not_found' })
}
