/**
 * The generated descriptors of the API, for clients over another transport: the service `ServiceRegistry`, and a schema
 * and a type for each of its messages. An error of the API has the detail `ErrorInfo`. Errors about fields also have
 * the detail `BadRequest`.
 *
 * @module
 */
export {
  type BadRequest,
  type BadRequest_FieldViolation,
  BadRequest_FieldViolationSchema,
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts'
export * from '../../gen/waypost/v1/access_pb.ts'
export * from '../../gen/waypost/v1/effect_pb.ts'
export * from '../../gen/waypost/v1/history_pb.ts'
export * from '../../gen/waypost/v1/revision_pb.ts'
export * from '../../gen/waypost/v1/rollout_pb.ts'
export * from '../../gen/waypost/v1/service_pb.ts'
export * from '../../gen/waypost/v1/service_registry_pb.ts'
