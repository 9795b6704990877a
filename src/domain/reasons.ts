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

/** The facts that all errors with the same reason share. */
export interface ReasonDescriptor {
  readonly code: ErrorCode
  /** One line for people that tells when the error happens. The next step is in `tools/openapi/remedies.ts`. */
  readonly description: string
  /** The seconds after which the same request may succeed. Absent if another try alone does not help. */
  readonly retryAfterS?: number
}

/**
 * Every reason of a registry's errors. Only this table has its code and its description. A reason never changes its name
 * or its code. New reasons may be added.
 */
export const reasons = {
  INVALID_REQUEST: {
    code: 'invalid_argument',
    description: 'The request cannot be read: it is malformed, has an unknown key, or a value of the wrong type.',
  },
  INVALID_NAMESPACE: { code: 'invalid_argument', description: 'The namespace is not lower kebab case.' },
  INVALID_NAME: { code: 'invalid_argument', description: 'The name is not lower kebab case.' },
  INVALID_REVISION_TAG: { code: 'invalid_argument', description: 'The revision tag is not a valid Docker tag.' },
  INVALID_SRUID: { code: 'invalid_argument', description: 'The text is not namespace/name:revision_tag.' },
  INVALID_VERSION_RANGE: { code: 'invalid_argument', description: 'The version range cannot be read or is too long.' },
  INVALID_LABEL_SELECTOR: {
    code: 'invalid_argument',
    description: 'The label selector cannot be read or is too long.',
  },
  INVALID_LABELS: { code: 'invalid_argument', description: 'There are too many labels, or a label is not valid.' },
  INVALID_ENDPOINTS: {
    code: 'invalid_argument',
    description: 'There are too many endpoints, or an endpoint is not valid, such as a URI with a password.',
  },
  INVALID_DESCRIPTION: {
    code: 'invalid_argument',
    description: 'The description is too long or has control characters.',
  },
  INVALID_INFORMATION: {
    code: 'invalid_argument',
    description: 'The address of the documentation is not valid.',
  },
  INVALID_SOURCE: { code: 'invalid_argument', description: 'A part of the source is not valid.' },
  INVALID_REASON: {
    code: 'invalid_argument',
    description: 'The reason of a change, or the message of a deprecation, is too long or has control characters.',
  },
  INVALID_ALIAS: { code: 'invalid_argument', description: 'The name of the alias is not valid.' },
  INVALID_ETAG: { code: 'invalid_argument', description: 'The etag is missing, or If-Match is not one strong etag.' },
  INVALID_REQUEST_ID: { code: 'invalid_argument', description: 'The request id is not valid.' },
  INVALID_UPDATE_MASK: { code: 'invalid_argument', description: 'The update mask names a field that cannot change.' },
  INVALID_PREFIX: { code: 'invalid_argument', description: 'The prefix is not the beginning of namespace/name.' },
  INVALID_PAGE_SIZE: { code: 'invalid_argument', description: 'The page size is negative.' },
  INVALID_PAGE_TOKEN: {
    code: 'invalid_argument',
    description: 'The page token does not belong to this list, or it was changed.',
  },
  CONFLICTING_SELECTORS: {
    code: 'invalid_argument',
    description:
      'The request has several of the fields that select a revision or a state, or none where one is needed.',
  },
  INVALID_ROLLOUT: {
    code: 'invalid_argument',
    description: 'A weight, a pinned key, the salt or the number of candidates is not valid.',
  },
  INVALID_TARGETING_KEY: { code: 'invalid_argument', description: 'The targeting key is not valid.' },
  INVALID_AT_TIME: { code: 'invalid_argument', description: 'The time is not valid, or in the future.' },
  INVALID_AT_GENERATION: { code: 'invalid_argument', description: 'The generation is below 1.' },
  MISSING_REVISION_TAG: { code: 'invalid_argument', description: 'The registration has no revision tag.' },
  UNSUPPORTED_MEDIA_TYPE: {
    code: 'invalid_argument',
    description: 'The content encoding is neither gzip nor identity.',
  },
  REQUEST_TOO_LARGE: {
    code: 'resource_exhausted',
    description: 'The body is larger than the server accepts, after decompression, or it has more than 5,000 values.',
  },
  REQUEST_TOO_SLOW: { code: 'deadline_exceeded', description: 'The body did not arrive in time.' },
  ORIGIN_NOT_ALLOWED: {
    code: 'permission_denied',
    description: 'A web page tried to change something, and the server does not allow its origin.',
  },
  HOST_NOT_ALLOWED: {
    code: 'permission_denied',
    description: 'The request was sent to a host that the server does not serve.',
  },
  INVALID_LIFETIME: {
    code: 'invalid_argument',
    description: 'The lifetime is not from 60 to 3,600 seconds.',
  },
  INVALID_PERMISSION: {
    code: 'invalid_argument',
    description: 'The permission is not known or missing, or the resource is no service.',
  },
  REVISION_YANKED: {
    code: 'failed_precondition',
    description: 'The revision is yanked, so nobody gets a token to call it.',
  },
  TOKEN_MISSING: {
    code: 'unauthenticated',
    description: 'The request needs a permission that callers without a token do not have.',
  },
  TOKEN_INVALID: {
    code: 'unauthenticated',
    description: 'The token or the client certificate is not valid.',
  },
  PERMISSION_DENIED: {
    code: 'permission_denied',
    description: 'The caller does not have the permission that the message names.',
  },
  ISSUER_UNREACHABLE: {
    code: 'unavailable',
    description: 'The server cannot get the keys of the issuer, and has none from before.',
    retryAfterS: 5,
  },
  SOURCE_MISMATCH: {
    code: 'permission_denied',
    description: 'The token names another commit or repository than the source.',
  },
  RATE_LIMITED: {
    code: 'resource_exhausted',
    description: 'The caller has sent too many requests.',
    retryAfterS: 1,
  },
  TOO_MANY_REVISIONS: {
    code: 'failed_precondition',
    description: 'The service has as many revisions as the server allows, without deleted ones.',
  },
  TOO_MANY_SERVICES: {
    code: 'failed_precondition',
    description: 'The namespace of the new service is full.',
  },
  CALL_TOKENS_OFF: {
    code: 'failed_precondition',
    description: 'The server issues no tokens to call revisions.',
  },
  CALL_TOKEN_FAILED: {
    code: 'unavailable',
    description: 'The token could not be made, or this took too long.',
    retryAfterS: 1,
  },
  HEADERS_TOO_LARGE: { code: 'resource_exhausted', description: 'The headers are larger than the server accepts.' },
  PATH_NOT_FOUND: { code: 'not_found', description: 'The server has nothing at this path.' },
  SERVICE_NOT_FOUND: { code: 'not_found', description: 'The service does not exist.' },
  REVISION_NOT_FOUND: { code: 'not_found', description: 'The service exists, but it does not have the revision.' },
  ALIAS_NOT_FOUND: { code: 'not_found', description: 'The service exists, but it does not have the alias.' },
  NO_DEFAULT: { code: 'not_found', description: 'The service exists, but it has no default revision.' },
  STATE_NOT_FOUND: {
    code: 'not_found',
    description: 'The service did not exist yet at that time, or has no such generation.',
  },
  ROLLOUT_NOT_FOUND: { code: 'not_found', description: 'The service exists, but no rollout runs.' },
  REVISION_ALREADY_EXISTS: {
    code: 'already_exists',
    description: 'The tag is registered with other content, which stays as it was.',
  },
  REVISION_DELETED: {
    code: 'already_exists',
    description: 'The tag was deleted. It is never registered again.',
  },
  REQUEST_ID_REUSED: {
    code: 'already_exists',
    description: 'An earlier change of the same service had the same request id and other content.',
  },
  TARGET_NOT_FOUND: {
    code: 'failed_precondition',
    description: 'The revision that an alias, a default, a rollout or a replacement should point to does not exist.',
  },
  TARGET_YANKED: {
    code: 'failed_precondition',
    description: 'The revision that an alias, a default, a rollout or a replacement should point to is yanked.',
  },
  CANDIDATE_IS_DEFAULT: { code: 'failed_precondition', description: 'The candidate is the default.' },
  NOT_A_CANDIDATE: { code: 'failed_precondition', description: 'The revision is no candidate of the rollout.' },
  REPLACEMENT_CYCLE: {
    code: 'failed_precondition',
    description: 'The replacement is replaced by the deprecated revision.',
  },
  TOO_MANY_ALIASES: { code: 'failed_precondition', description: 'The service has as many aliases as it may have.' },
  REVISION_NOT_YANKED: {
    code: 'failed_precondition',
    description: 'The revision is not yanked. Only a yanked revision can be deleted.',
  },
  REVISION_IN_USE: {
    code: 'failed_precondition',
    description: 'The default, an alias, a rollout or a deprecation names the revision, so it cannot be deleted.',
  },
  ETAG_MISMATCH: {
    code: 'aborted',
    description: 'The etag is not the current one, because someone else made a change. Nothing was changed.',
  },
  TOO_MANY_CONFLICTS: {
    code: 'aborted',
    description: 'Other callers changed the service again and again, so this change was not made.',
  },
  TOO_MANY_CHANGES: {
    code: 'resource_exhausted',
    description: 'More changes wait than the server accepts. Nothing was changed.',
    retryAfterS: 1,
  },
  DEFAULT_POLICY_FAILED: {
    code: 'internal',
    description: "The server's default policy failed or took too long. Nothing was stored.",
  },
  CANCELED: { code: 'canceled', description: 'The caller ended the request before it was complete.' },
  DEADLINE_EXCEEDED: { code: 'deadline_exceeded', description: 'The deadline of the request passed.' },
  STORE_UNAVAILABLE: {
    code: 'unavailable',
    description: 'The store cannot be reached. Try again later.',
    retryAfterS: 1,
  },
  CLOCK_SKEW: {
    code: 'unavailable',
    description:
      "The server's clock is more than 5 minutes from the store's, or its year is not from 1970 to 9999. Nothing was changed.",
    retryAfterS: 1,
  },
  NEWER_ENTRY: {
    code: 'unavailable',
    description: 'A newer version of Waypost has written a stored entry, and this version cannot read it.',
    retryAfterS: 1,
  },
  DAMAGED_ENTRY: { code: 'data_loss', description: 'A stored entry cannot be read.' },
  DAMAGED_STORE: { code: 'data_loss', description: 'The file of the store is damaged.' },
  INTERNAL: { code: 'internal', description: "A defect of the server. Only the server's log has the cause." },
} as const satisfies Readonly<Record<string, ReasonDescriptor>>

/** A reason that this version of the registry knows. */
export type KnownReason = keyof typeof reasons

/**
 * A stable name for the cause of an error. It is more exact than a code, and a program may branch on it. A newer registry
 * may send reasons that this version does not know. The client adds a few reasons.
 */
export type ErrorReason = KnownReason | (string & {})
