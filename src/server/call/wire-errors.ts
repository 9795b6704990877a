import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts'
import { type ErrorCode, type ErrorReason, errorCodes, RegistryError } from '../../domain/errors.ts'

/** The domain of every `google.rpc.ErrorInfo` of this API. */
const ERROR_DOMAIN = 'waypost'

/** The one table of what an error code is on the wire: its Connect and gRPC code, and its HTTP status over REST. */
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

/** Causes for which HTTP has a status of its own, and the RPC protocols have no code. */
const statusByReason: Partial<Record<ErrorReason, number>> = {
  REQUEST_TOO_SLOW: 408,
  REQUEST_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
}

/** The error as the registry's own; what is unexpected becomes an `internal` that tells the caller nothing more. */
export function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  return new RegistryError({ reason: 'INTERNAL', message: 'internal error', cause: error })
}

/** Whether an operator should hear of it: a failure of the server, not of the request. */
export function isServerFault(error: RegistryError): boolean {
  return toHttpStatus(error) >= 500
}

/** The status of the error over REST. */
export function toHttpStatus({ code, reason }: RegistryError): number {
  return statusByReason[reason] ?? wire[code].httpStatus
}

/** The error over Connect, gRPC and gRPC-Web: with its reason and, for bad input, the fields. */
export function toConnectError({ code, reason, message, fieldViolations }: RegistryError): ConnectError {
  const connectError = new ConnectError(message, wire[code].code)
  connectError.details.push({ desc: ErrorInfoSchema, value: { reason, domain: ERROR_DOMAIN } })
  if (fieldViolations.length > 0) {
    connectError.details.push({ desc: BadRequestSchema, value: { fieldViolations: [...fieldViolations] } })
  }
  return connectError
}

/** What the RPC library refuses on its own, before any of our code, as an error of the registry. */
export function fromConnectError(error: unknown): RegistryError {
  const { code, rawMessage } = ConnectError.from(error)
  const reason = code === Code.ResourceExhausted ? 'REQUEST_TOO_LARGE' : 'INVALID_REQUEST'
  const ours = errorCodes.find((candidate) => wire[candidate].code === code) ?? 'internal'
  return new RegistryError({ code: ours, reason, message: rawMessage, cause: error })
}
