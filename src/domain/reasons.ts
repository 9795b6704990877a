/** Every code that an error can have, in the spelling of the Connect protocol. */
export const errorCodes = [
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const

/** The kind of a failure: one of the codes of Connect and gRPC, in the spelling of the Connect protocol. */
export type ErrorCode = (typeof errorCodes)[number]

/**
 * The facts that all errors with the same reason share. Its description is in `tools/openapi/descriptions.ts`, and the next
 * step for people in `tools/openapi/remedies.ts`, because a bundle of the client contains this file.
 */
export interface ReasonDescriptor {
  readonly code: ErrorCode
  /** The seconds after which the same request may succeed. Absent if another try alone does not help. */
  readonly retryAfterS?: number
}

// Most reasons have one of these codes.
const invalid = { code: 'invalid_argument' } as const
const unmet = { code: 'failed_precondition' } as const
const absent = { code: 'not_found' } as const
const denied = { code: 'permission_denied' } as const

/**
 * Every reason of a registry's errors. Only this table has its code. A reason never changes its name or its code. New
 * reasons may be added.
 */
export const reasons = {
  INVALID_REQUEST: invalid,
  INVALID_NAMESPACE: invalid,
  INVALID_NAME: invalid,
  INVALID_REVISION_TAG: invalid,
  INVALID_SRUID: invalid,
  INVALID_VERSION_RANGE: invalid,
  INVALID_LABEL_SELECTOR: invalid,
  INVALID_LABELS: invalid,
  INVALID_ENDPOINTS: invalid,
  INVALID_DESCRIPTION: invalid,
  INVALID_INFORMATION: invalid,
  INVALID_SOURCE: invalid,
  INVALID_REASON: invalid,
  INVALID_ALIAS: invalid,
  INVALID_ETAG: invalid,
  INVALID_REQUEST_ID: invalid,
  INVALID_UPDATE_MASK: invalid,
  INVALID_PREFIX: invalid,
  INVALID_PAGE_SIZE: invalid,
  INVALID_PAGE_TOKEN: invalid,
  CONFLICTING_SELECTORS: invalid,
  INVALID_ROLLOUT: invalid,
  INVALID_TARGETING_KEY: invalid,
  INVALID_AT_TIME: invalid,
  INVALID_AT_GENERATION: invalid,
  MISSING_REVISION_TAG: invalid,
  UNSUPPORTED_MEDIA_TYPE: invalid,
  REQUEST_TOO_LARGE: { code: 'resource_exhausted' },
  REQUEST_TOO_SLOW: { code: 'deadline_exceeded' },
  ORIGIN_NOT_ALLOWED: denied,
  HOST_NOT_ALLOWED: denied,
  INVALID_LIFETIME: invalid,
  INVALID_PERMISSION: invalid,
  REVISION_YANKED: unmet,
  TOKEN_MISSING: { code: 'unauthenticated' },
  TOKEN_INVALID: { code: 'unauthenticated' },
  PERMISSION_DENIED: denied,
  ISSUER_UNREACHABLE: { code: 'unavailable', retryAfterS: 5 },
  SOURCE_MISMATCH: denied,
  RATE_LIMITED: { code: 'resource_exhausted', retryAfterS: 1 },
  TOO_MANY_REVISIONS: unmet,
  TOO_MANY_SERVICES: unmet,
  CALL_TOKENS_OFF: unmet,
  CALL_TOKEN_FAILED: { code: 'unavailable', retryAfterS: 1 },
  HEADERS_TOO_LARGE: { code: 'resource_exhausted' },
  PATH_NOT_FOUND: absent,
  SERVICE_NOT_FOUND: absent,
  REVISION_NOT_FOUND: absent,
  ALIAS_NOT_FOUND: absent,
  NO_DEFAULT: absent,
  STATE_NOT_FOUND: absent,
  ROLLOUT_NOT_FOUND: absent,
  REVISION_ALREADY_EXISTS: { code: 'already_exists' },
  REVISION_DELETED: { code: 'already_exists' },
  REQUEST_ID_REUSED: { code: 'already_exists' },
  TARGET_NOT_FOUND: unmet,
  TARGET_YANKED: unmet,
  CANDIDATE_IS_DEFAULT: unmet,
  NOT_A_CANDIDATE: unmet,
  REPLACEMENT_CYCLE: unmet,
  TOO_MANY_ALIASES: unmet,
  REVISION_NOT_YANKED: unmet,
  REVISION_IN_USE: unmet,
  UPGRADE_NOT_FINISHED: unmet,
  ETAG_MISMATCH: { code: 'aborted' },
  TOO_MANY_CONFLICTS: { code: 'aborted' },
  TOO_MANY_CHANGES: { code: 'resource_exhausted', retryAfterS: 1 },
  DEFAULT_POLICY_FAILED: { code: 'internal' },
  CANCELED: { code: 'canceled' },
  DEADLINE_EXCEEDED: { code: 'deadline_exceeded' },
  STORE_UNAVAILABLE: { code: 'unavailable', retryAfterS: 1 },
  CLOCK_SKEW: { code: 'unavailable', retryAfterS: 1 },
  NEWER_ENTRY: { code: 'unavailable', retryAfterS: 1 },
  DAMAGED_ENTRY: { code: 'data_loss' },
  DAMAGED_STORE: { code: 'data_loss' },
  INTERNAL: { code: 'internal' },
} as const satisfies Readonly<Record<string, ReasonDescriptor>>

/** A reason that this version of the registry knows. */
export type KnownReason = keyof typeof reasons

/**
 * A stable name for the cause of an error. It is more exact than a code, and a program may branch on it. A newer registry
 * may send reasons that this version does not know. The client adds a few reasons.
 */
export type ErrorReason = KnownReason | (string & {})
