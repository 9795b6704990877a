import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts'
import { RegistryError } from '../../domain/errors.ts'
import { type ErrorCode, errorCodes, type KnownReason, type ReasonDescriptor, reasons } from '../../domain/reasons.ts'
import { challengeOf } from './challenge.ts'

/** The domain of every `google.rpc.ErrorInfo` of this API. */
const ERROR_DOMAIN = 'waypost'

/** The Connect and gRPC code of each error code, and its HTTP status over REST. */
const wire: Readonly<Record<ErrorCode, { readonly code: Code; readonly httpStatus: number }>> = {
  canceled: { code: Code.Canceled, httpStatus: 499 },
  unknown: { code: Code.Unknown, httpStatus: 500 },
  invalid_argument: { code: Code.InvalidArgument, httpStatus: 400 },
  deadline_exceeded: { code: Code.DeadlineExceeded, httpStatus: 504 },
  not_found: { code: Code.NotFound, httpStatus: 404 },
  already_exists: { code: Code.AlreadyExists, httpStatus: 409 },
  permission_denied: { code: Code.PermissionDenied, httpStatus: 403 },
  resource_exhausted: { code: Code.ResourceExhausted, httpStatus: 429 },
  failed_precondition: { code: Code.FailedPrecondition, httpStatus: 400 },
  aborted: { code: Code.Aborted, httpStatus: 409 },
  out_of_range: { code: Code.OutOfRange, httpStatus: 400 },
  unimplemented: { code: Code.Unimplemented, httpStatus: 501 },
  internal: { code: Code.Internal, httpStatus: 500 },
  unavailable: { code: Code.Unavailable, httpStatus: 503 },
  data_loss: { code: Code.DataLoss, httpStatus: 500 },
  unauthenticated: { code: Code.Unauthenticated, httpStatus: 401 },
}

/** The HTTP statuses of reasons that have a more specific status than their code. */
const statusByReason: Partial<Record<KnownReason, number>> = {
  REQUEST_TOO_SLOW: 408,
  REQUEST_TOO_LARGE: 413,
  HEADERS_TOO_LARGE: 431,
  UNSUPPORTED_MEDIA_TYPE: 415,
}

/** The error of a call. A `ConnectError` comes from a standard service, such as health. */
export type CallError = RegistryError | ConnectError

/** Translates any error of a call. An unexpected error becomes `INTERNAL`, which hides its cause from the caller. */
export function toCallError(cause: unknown): CallError {
  if (cause instanceof RegistryError || cause instanceof ConnectError) return cause
  if (isAbort(cause))
    return new RegistryError({
      reason: 'CANCELED',
      message: 'the call was canceled; send it again if you still need the answer.',
      cause,
    })
  return new RegistryError({ reason: 'INTERNAL', message: 'internal error', cause })
}

/** Translates any error of a call to a `RegistryError`. */
export function toRegistryError(cause: unknown): RegistryError {
  const error = toCallError(cause)
  return error instanceof RegistryError ? error : fromConnectError(error)
}

/** Whether an error is a failure of the server and not of the request, so that an operator should see it. */
export function isServerFault(error: CallError): boolean {
  if (error instanceof RegistryError) return toHttpStatus(error) >= 500 && error.code !== 'deadline_exceeded'
  return error.code === Code.Internal && !requestFaults.has(error)
}

const requestFaults = new WeakSet<ConnectError>()

/** Marks an error as no failure of the server, although a specification asks for a code that says so. */
export function asRequestFault(error: ConnectError): ConnectError {
  requestFaults.add(error)
  return error
}

// An `AbortError` is the reason of a signal that was aborted without a reason.
function isAbort(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'AbortError'
}

/** The status of the error over REST. */
export function toHttpStatus({ code, reason }: Pick<RegistryError, 'code' | 'reason'>): number {
  return statusByReason[reason as KnownReason] ?? wire[code].httpStatus
}

type ErrorWithPause = Pick<RegistryError, 'reason'> & Partial<Pick<RegistryError, 'retryAfterMs'>>

/** The whole seconds after which the caller may try again. Undefined if another try alone does not help. */
export function retryAfterS(error: ErrorWithPause): number | undefined {
  const ms = pauseMs(error)
  return ms && Math.ceil(ms / 1_000)
}

// An error may know the pause itself. Otherwise its reason has one.
function pauseMs({ reason, retryAfterMs }: ErrorWithPause): number | undefined {
  if (retryAfterMs !== undefined && Number.isFinite(retryAfterMs)) return Math.max(1, Math.ceil(retryAfterMs))
  const known: Readonly<Record<string, ReasonDescriptor>> = reasons
  const seconds = Object.hasOwn(known, reason) ? known[reason]?.retryAfterS : undefined
  return seconds && seconds * 1_000
}

/**
 * The error over Connect, gRPC and gRPC-Web: with its reason, its metadata, for bad input the fields, and the pause
 * before another try if one helps.
 */
export function toConnectError(error: RegistryError): ConnectError {
  const { code, reason, message, fieldViolations, metadata } = error
  const connectError = new ConnectError(message, wire[code].code)
  const facts = Object.entries(metadata).map(([key, value]) => [key, String(value)])
  const info = { reason, domain: ERROR_DOMAIN, metadata: Object.fromEntries(facts) as Record<string, string> }
  connectError.details.push({ desc: ErrorInfoSchema, value: info })
  if (fieldViolations.length > 0) {
    connectError.details.push({ desc: BadRequestSchema, value: { fieldViolations: [...fieldViolations] } })
  }
  const ms = pauseMs(error)
  if (ms !== undefined) connectError.details.push({ desc: RetryInfoSchema, value: { retryDelay: toDuration(ms) } })
  return connectError
}

/** The error over Connect, gRPC and gRPC-Web without details, for a request that breaks the rules of its protocol. */
export function toPlainConnectError({ code, message }: RegistryError): ConnectError {
  return new ConnectError(message, wire[code].code)
}

/** Translates any error of a call for an RPC protocol: `connect`, `grpc`, `grpc-web`, or one that is not known. */
export function toWireError(cause: unknown, protocol?: string): ConnectError {
  const error = toCallError(cause)
  if (error instanceof ConnectError) return error
  const connectError = toConnectError(error)
  const ms = pauseMs(error)
  if (ms !== undefined) setRetryMetadata(connectError.metadata, ms, protocol)
  const challenge = protocol === 'connect' ? challengeOf(error) : undefined
  if (challenge !== undefined) connectError.metadata.set('www-authenticate', challenge)
  return connectError
}

function toDuration(ms: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 }
}

// Connect sends metadata as headers of HTTP. Clients of gRPC read the pause from a trailer of its retry specification.
function setRetryMetadata(metadata: Headers, ms: number, protocol: string | undefined): void {
  if (protocol === 'connect') metadata.set('retry-after', `${Math.ceil(ms / 1_000)}`)
  else if (protocol !== undefined) metadata.set('grpc-retry-pushback-ms', `${ms}`)
}

/** Translates an error of the RPC library, which may refuse a request before the registry sees it. */
export function fromConnectError(error: unknown): RegistryError {
  const { code, rawMessage } = ConnectError.from(error)
  const ours = errorCodes.find((candidate) => wire[candidate].code === code) ?? 'internal'
  return new RegistryError({ code: ours, reason: reasonOf(ours), message: rawMessage, cause: error })
}

function reasonOf(code: ErrorCode): KnownReason {
  switch (code) {
    case 'resource_exhausted':
      return 'REQUEST_TOO_LARGE'
    case 'deadline_exceeded':
      return 'DEADLINE_EXCEEDED'
    case 'canceled':
    case 'aborted':
      return 'CANCELED'
    default:
      return 'INVALID_REQUEST'
  }
}
