import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { type ErrorCode, type ErrorReason, errorCodes, RegistryError } from '../domain/errors.ts'

/** The error that the registry threw, restored from the wire; what did not come from it is told apart by its reason. */
export function fromConnectError(error: unknown): RegistryError {
  const connectError = ConnectError.from(error)
  const [info] = connectError.findDetails(ErrorInfoSchema)
  const [badRequest] = connectError.findDetails(BadRequestSchema)
  return new RegistryError({
    code: toErrorCode(connectError.code),
    reason: (info?.reason as ErrorReason | undefined) ?? reasonWithoutInfo(connectError),
    message: connectError.rawMessage,
    fieldViolations: (badRequest?.fieldViolations ?? []).map(({ field, description }) => ({ field, description })),
    cause: error,
  })
}

// Connect numbers its codes in gRPC's order, from 1; `errorCodes` has them in the same order.
function toErrorCode(code: Code): ErrorCode {
  return errorCodes[code - 1] ?? 'unknown'
}

function reasonWithoutInfo({ code }: ConnectError): ErrorReason {
  if (code === Code.InvalidArgument) return 'INVALID_REQUEST'
  return code === Code.Unavailable || code === Code.DeadlineExceeded ? 'REGISTRY_UNREACHABLE' : 'INTERNAL'
}
