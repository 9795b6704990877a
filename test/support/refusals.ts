import { expect } from 'vitest'
import { type Answer, ApiError, type Fields, type Method, type Protocol } from './api.ts'

/** The expected refusal of a call. */
export interface ExpectedError {
  readonly code: keyof typeof httpStatuses
  readonly reason: string
  /** The field that the error is about. */
  readonly field?: string
  readonly message?: RegExp
  /** The different answer of REST, without fields: a GET of a name that is not valid is "not found". */
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

/** Whether the service exists, for each reason of a "not found". */
const serviceExists: Readonly<Record<string, boolean>> = {
  SERVICE_NOT_FOUND: false,
  REVISION_NOT_FOUND: true,
  ALIAS_NOT_FOUND: true,
  NO_DEFAULT: true,
  STATE_NOT_FOUND: true,
  ROLLOUT_NOT_FOUND: true,
}

/** Fails unless the call is refused in this way: with this code and reason, about this field. */
export async function expectRefusal(call: Promise<unknown>, expected: ExpectedError): Promise<void> {
  const error = await call.then(
    (answer) => new Error(`it was answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw error
  const isRest = error.code === undefined
  const { code, reason, field = '', message = /./ } = expected
  expect(error.message).toMatch(isRest && isServiceMissing(expected) ? /^Service revision not found\.$/ : message)
  expect(error.message).toContain(field)
  if (isRest) expect(error.status, error.message).toBe(httpStatuses[code])
  else expect(error.code, error.message).toBe(code)
  expect(error.reason, error.message).toBe(reason)
  if (field !== '') expect(error.fields, error.message).toContain(field)
  expect(error.metadata, error.message).toEqual(isRest ? restMetadata(expected) : rpcMetadata(expected))
}

const reads: readonly Method[] = [
  'get',
  'getAlias',
  'listAliases',
  'listRevisions',
  'testPolicy',
  'getRollout',
  'listChanges',
]

/**
 * The refusal of a request whose namespace, name or tag the grammar does not allow. REST answers a read of such a name
 * with "not found". `allowed` is a pattern for the words behind the name of the field.
 */
export function refusalOfName(
  { protocol, method }: { readonly protocol: Protocol; readonly method: Method },
  field: 'namespace' | 'name' | 'revision_tag' | 'alias',
  allowed = '.* is not valid',
): ExpectedError {
  const words = `${field}${allowed}`
  if (protocol !== 'REST' || !reads.includes(method)) {
    const reason = `INVALID_${field.toUpperCase()}`
    return { code: 'invalid_argument', reason, field, message: new RegExp(`^${words}`) }
  }
  const missing = { namespace: 'SERVICE_NOT_FOUND', name: 'SERVICE_NOT_FOUND', revision_tag: 'REVISION_NOT_FOUND' }
  const reason = field === 'alias' ? 'ALIAS_NOT_FOUND' : missing[field]
  return { code: 'not_found', reason, field, message: new RegExp(`^Service revision not found\\. ${words}`) }
}

/** Fails unless the answer is that there is no such service, revision or alias. */
export function expectNotFound(answer: Answer | undefined): void {
  if (answer === undefined || answer.ok) expect.fail(`it was answered ${JSON.stringify(answer)}`)
  const { code, status, message } = answer.error
  expect({ code, status }, message).toMatchObject(code === undefined ? { status: 404 } : { code: 'not_found' })
}

function rpcMetadata({ reason }: ExpectedError): Fields {
  const exists = serviceExists[reason]
  return exists === undefined ? {} : { service_exists: String(exists) }
}

// The body for a missing service has one key. If a tag or an alias is not valid, the server does not look for the
// service.
function restMetadata(expected: ExpectedError): Fields {
  const exists = serviceExists[expected.reason]
  const isUnlooked = expected.field === 'revision_tag' || expected.field === 'alias'
  const isUnknown = exists === undefined || isServiceMissing(expected) || isUnlooked
  return isUnknown ? {} : { service_exists: exists }
}

function isServiceMissing({ reason, field }: ExpectedError): boolean {
  return reason === 'SERVICE_NOT_FOUND' && field === undefined
}
