/** The exports that are the same on every platform. */
export { type Permission, permissions } from '../domain/access/permission.ts'
export { type ErrorMetadata, type FieldViolation, RegistryError, type RegistryErrorOptions } from '../domain/errors.ts'
export { formatPubSubId } from '../domain/pub-sub-id.ts'
export type { ErrorCode, ErrorReason, KnownReason } from '../domain/reasons.ts'
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
export { compareRevisionTags } from '../domain/versions/revision-order.ts'
export type {
  CallerGrant,
  CallerIdentity,
  CallToken,
  CallTokenOptions,
  PermissionCheck,
  WhoAmIOptions,
  WhoAmIResult,
} from './api/access.ts'
export type { Aliases } from './api/aliases.ts'
export type {
  PolicyDecision,
  RegisterResult,
  RevisionDeprecation,
  RevisionExplanation,
  RevisionRejection,
  RevisionSource,
  RevisionState,
  RevisionYank,
  ServiceAlias,
  ServiceRevision,
  ServiceSummary,
  YankResult,
} from './api/answers.ts'
export type {
  AliasTarget,
  CallOptions,
  ChangeOptions,
  DefaultOptions,
  DeleteOptions,
  DeprecateOptions,
  EtagOptions,
  GetOptions,
  ListOptions,
  ListRevisionsOptions,
  ListServicesOptions,
  ReadAliasOptions,
  ReadOptions,
  RegisterOptions,
  RevisionChanges,
  SelectionOptions,
  TargetingOptions,
  ViewOptions,
  YankOptions,
} from './api/call-options.ts'
export type {
  ClientSettings,
  HeadersFunction,
  HeaderValues,
  IssuedToken,
  LookupCacheOptions,
  OneRegistryOptions,
  RegistryClientOptions,
  RegistryOptions,
  SeveralRegistriesOptions,
  TlsOptions,
  TokenFunction,
} from './api/client-options.ts'
export type { ClientReason } from './api/client-reasons.ts'
export type { Defaults } from './api/defaults.ts'
export type { AliasMove, ChangeEffect, DeleteResult, RevisionMove } from './api/effect.ts'
export type {
  ChangeDifference,
  ChangeEvent,
  History,
  ListChangesOptions,
  RevertResult,
  ServiceChange,
} from './api/history.ts'
export type { AtOptions, HistoryPoint } from './api/history-point.ts'
export type { RegistryClient } from './api/registry-client.ts'
export type { Revisions } from './api/revisions.ts'
export type {
  BucketRange,
  CandidateOptions,
  EndRolloutOptions,
  EndRolloutResult,
  GetRolloutOptions,
  GetRolloutResult,
  RolloutCandidate,
  RolloutOptions,
  Rollouts,
  ServiceRollout,
  SetRolloutResult,
} from './api/rollouts.ts'
export type { Services } from './api/services.ts'
export type { RevisionEndpoint, RevisionInformation } from './calls/information.ts'
