/**
 * The client of a Waypost registry.
 *
 * @module
 */
export { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
export { type ErrorCode, type ErrorReason, type FieldViolation, RegistryError } from '../domain/errors.ts'
export {
  createRegistryClient,
  type RegisterOptions,
  type RegisterResult,
  type RegistryClient,
  type RegistryClientOptions,
  type ServiceRevision,
} from './client.ts'
