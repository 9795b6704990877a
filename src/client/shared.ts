/** What the client is beside `createRegistryClient`, the same on every platform. */
export {
  type ErrorCode,
  type ErrorReason,
  type FieldViolation,
  RegistryError,
  type RegistryErrorOptions,
} from '../domain/errors.ts'
export { formatPubSubId } from '../domain/pub-sub-id.ts'
export { compareRevisionTags } from '../domain/revision-order.ts'
export { isRevisionTag, type RevisionTag } from '../domain/revision-tag.ts'
export {
  formatSruid,
  type Name,
  type Namespace,
  parseServiceReference,
  parseSruid,
  type ServiceId,
  type ServiceReference,
  type Sruid,
  type SruidParts,
} from '../domain/sruid.ts'
export type { RegisterOptions, RegistryClient } from './client.ts'
export type { LookupCacheOptions } from './lookup-cache.ts'
export type {
  CallOptions,
  ClientSettings,
  OneRegistryOptions,
  RegistryClientOptions,
  RegistryOptions,
  SeveralRegistriesOptions,
} from './options.ts'
export type { RegisterResult, ServiceRevision } from './revision.ts'
export { ServiceRegistry } from './service-registry.ts'
export type { IssuedToken, TokenFunction } from './token.ts'
