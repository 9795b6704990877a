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
export type {
  AliasTarget,
  ChangeOptions,
  DefaultOptions,
  DeprecateOptions,
  EtagOptions,
  GetOptions,
  ListOptions,
  ListRevisionsOptions,
  ListServicesOptions,
  RegisterOptions,
  RevisionInformation,
  ViewOptions,
  YankOptions,
} from './call-options.ts'
export type { LookupCacheOptions } from './lookup-cache.ts'
export type {
  CallOptions,
  ClientSettings,
  OneRegistryOptions,
  RegistryClientOptions,
  RegistryOptions,
  SeveralRegistriesOptions,
} from './options.ts'
export type { RegistryClient } from './registry-client.ts'
export type {
  PolicyDecision,
  RegisterResult,
  RevisionDeprecation,
  RevisionEndpoint,
  RevisionExplanation,
  RevisionSource,
  RevisionState,
  ServiceAlias,
  ServiceRevision,
  ServiceSummary,
  YankResult,
} from './revision.ts'
export { ServiceRegistry } from './service-registry.ts'
export type { IssuedToken, TokenFunction } from './token.ts'
