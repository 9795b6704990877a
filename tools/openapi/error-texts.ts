import type { ErrorCode, ErrorReason } from '../../src/domain/errors.ts'
import { limits } from '../../src/server/limits.ts'

/** The words for an error. */
export interface ErrorText {
  /** With the reason, what decides the status. */
  readonly code: ErrorCode
  /** When it comes. */
  readonly description: string
  /** A message as a caller gets it. */
  readonly example: string
}

/** Reasons that every route has. */
export const commonErrors: readonly ErrorReason[] = [
  'INVALID_REQUEST',
  'STORE_UNAVAILABLE',
  'DAMAGED_ENTRY',
  'INTERNAL',
]

/** Reasons that every route with a body has as well. */
export const bodyErrors: readonly ErrorReason[] = ['REQUEST_TOO_LARGE', 'REQUEST_TOO_SLOW', 'UNSUPPORTED_MEDIA_TYPE']

/** By reason. */
export const errorTexts: Partial<Record<ErrorReason, ErrorText>> = {
  INVALID_REQUEST: {
    code: 'invalid_argument',
    description: 'The JSON, the query or the percent-encoding is broken, or a value has another type.',
    example: 'namespace has broken percent-encoding in the path.',
  },
  INVALID_NAMESPACE: {
    code: 'invalid_argument',
    description: 'The namespace is not valid.',
    example:
      'namespace "My-Org" is not valid: it must be 1 to 128 characters of lower kebab case ' +
      "(a-z and 0-9 in groups joined by single '-').",
  },
  INVALID_NAME: {
    code: 'invalid_argument',
    description: 'The name is not valid.',
    example:
      'name "my_service" is not valid: it must be 1 to 128 characters of lower kebab case ' +
      "(a-z and 0-9 in groups joined by single '-').",
  },
  MISSING_REVISION_TAG: {
    code: 'invalid_argument',
    description: 'There is no revision tag.',
    example: 'A revision tag must be included when registering a new service revision.',
  },
  INVALID_REVISION_TAG: {
    code: 'invalid_argument',
    description: 'The revision tag is not valid.',
    example:
      `revision_tag "1.2.9+5" is not valid: it must be 1 to 128 letters, digits, '_', '.' or '-', and start with a ` +
      `letter, a digit or '_'. A '+' is not allowed: register the version without its build metadata.`,
  },
  INVALID_VERSION_RANGE: {
    code: 'invalid_argument',
    description: 'The range is not valid.',
    example:
      'version_range ">>1" is not valid, it is not a range: it must be a range of semantic versions such as ^1.2, ' +
      '>=2.0.0-beta.1 or 1.x || 3.x, of at most 256 characters.',
  },
  INVALID_LABEL_SELECTOR: {
    code: 'invalid_argument',
    description: 'The requirements of labels are not valid.',
    example:
      'label_selector "tier=web=" is not valid, "tier=web=" is no requirement: it must be requirements such as tier=web, ' +
      'tier!=web, tier in (web, api), tier notin (web), tier or !tier, with commas between them, 1024 characters at most.',
  },
  INVALID_LABELS: {
    code: 'invalid_argument',
    description: 'There are too many labels, or one is not valid.',
    example:
      `labels has the value "-" for "tier": it must be empty, or 1 to 63 letters, digits, '_', '.' or '-' that begin and ` +
      'end with a letter or a digit.',
  },
  INVALID_ENDPOINTS: {
    code: 'invalid_argument',
    description: 'There are too many endpoints, or one is not valid.',
    example:
      'endpoints[0].uri "my-service" is not valid: it must be a URI with its scheme, of at most 2048 characters.',
  },
  INVALID_DESCRIPTION: {
    code: 'invalid_argument',
    description: 'The description is too long, or has control characters.',
    example: 'description has 4097 characters: it must have at most 4096.',
  },
  INVALID_SOURCE: {
    code: 'invalid_argument',
    description: 'What the revision was built from is not valid.',
    example:
      'source.image_digest "0a1b2c" is not valid: it must be a digest with its algorithm, such as sha256:0a1b2c.',
  },
  INVALID_REASON: {
    code: 'invalid_argument',
    description: 'The reason is too long, or has control characters.',
    example: 'reason has 1025 characters: it must have at most 1024.',
  },
  INVALID_ALIAS: {
    code: 'invalid_argument',
    description: 'The name of the alias is not valid.',
    example:
      'alias "default" is not valid: it must be 1 to 63 characters of lower kebab case (a-z and 0-9 in groups joined by ' +
      "single '-'), neither 'default' nor what could be a version or a range.",
  },
  INVALID_ETAG: {
    code: 'invalid_argument',
    description: 'The etag is missing.',
    example: 'etag is missing: it must be that of the revision.',
  },
  INVALID_REQUEST_ID: {
    code: 'invalid_argument',
    description: 'The id of the request is not valid.',
    example: `request_id "a b" is not valid: it must be 1 to 128 letters, digits, '_', '.', ':' or '-', such as a UUID.`,
  },
  REQUEST_ID_REUSED: {
    code: 'already_exists',
    description: 'The id of the request is that of an earlier request of the service with other content.',
    example:
      'request_id "deploy-1" was given to another request of this service: each request must have an id of its own.',
  },
  INVALID_UPDATE_MASK: {
    code: 'invalid_argument',
    description: 'What is to change is nothing that can.',
    example: 'update_mask names "source": it must name labels, endpoints, description, or * for all of them.',
  },
  INVALID_PREFIX: {
    code: 'invalid_argument',
    description: 'The prefix is not valid.',
    example:
      'prefix "My-Org" is not valid: it must be the beginning of namespace/name, such as my-org/ or my-org/my-s.',
  },
  INVALID_PAGE_SIZE: {
    code: 'invalid_argument',
    description: 'The page size is negative.',
    example: 'page_size -1 is not valid: it must be 0 (the default) or more.',
  },
  INVALID_PAGE_TOKEN: {
    code: 'invalid_argument',
    description: 'The page token is not one of this list, or was cut short.',
    example:
      'page_token is not one of this list: it must be next_page_token of the page before, asked for with the same filters.',
  },
  CONFLICTING_SELECTORS: {
    code: 'invalid_argument',
    description: 'More was given than one thing that says which revision is meant, or nothing where something must be.',
    example:
      'revision_tag "1.2.9" and version_range "^1.2" are given: at most one of revision_tag, version_range, alias may be.',
  },
  SERVICE_NOT_FOUND: {
    code: 'not_found',
    description: 'There is no such service.',
    example: 'There is no service my-org/nothing.',
  },
  ALIAS_NOT_FOUND: {
    code: 'not_found',
    description: 'The service has no such alias.',
    example: 'my-org/my-service has no alias "nothing".',
  },
  TARGET_NOT_FOUND: {
    code: 'failed_precondition',
    description: 'The revision that is pointed to does not exist.',
    example: 'revision_tag "9.9.9" is no revision of the service: it must be one.',
  },
  TARGET_YANKED: {
    code: 'failed_precondition',
    description: 'The revision that is pointed to is yanked.',
    example: 'revision_tag "0.9.0" is yanked: it must be a revision that is not.',
  },
  TOO_MANY_ALIASES: {
    code: 'failed_precondition',
    description: 'The service has as many aliases as it may have.',
    example: 'alias is the 65th of my-org/many-aliases: a service may have at most 64.',
  },
  REVISION_NOT_YANKED: {
    code: 'failed_precondition',
    description: 'Only what is yanked can be deleted.',
    example: 'revision_tag names my-org/my-service:1.2.9, which is active: it must be yanked before it is deleted.',
  },
  REVISION_IN_USE: {
    code: 'failed_precondition',
    description: 'The default or an alias points to the revision.',
    example:
      'revision_tag names my-org/in-use:0.9.0, which the alias production points to: nothing may point to it before it is ' +
      'deleted.',
  },
  ETAG_MISMATCH: {
    code: 'aborted',
    description: 'The etag is not the current one: somebody was faster. Nothing was changed.',
    example:
      'etag "outdated" is not the current one: it must be that of what is to be changed, as it is now. Nothing was changed.',
  },
  REVISION_NOT_FOUND: {
    code: 'not_found',
    description: 'There is no such service, no such revision, or the service has no default revision.',
    example: 'Service revision not found.',
  },
  REVISION_ALREADY_EXISTS: {
    code: 'already_exists',
    description: 'The revision is registered with other content, and stays as it was.',
    example:
      'my-org/my-service:1.2.9 is already registered with other content: it was registered without is_default, this ' +
      'request is with is_default true.',
  },
  TOO_MANY_CONFLICTS: {
    code: 'aborted',
    description: 'Others kept writing to the service, and nothing was changed: try again.',
    example: 'my-org/my-service was not changed: other writers kept changing it; try again.',
  },
  REQUEST_TOO_SLOW: {
    code: 'deadline_exceeded',
    description: 'The body did not arrive in time.',
    example: `The request did not arrive within ${limits.requestMs} ms.`,
  },
  REQUEST_TOO_LARGE: {
    code: 'resource_exhausted',
    description: `The body has more than ${limits.bodyBytes} bytes, after decompression.`,
    example: `message size ${limits.bodyBytes + 1} is larger than configured readMaxBytes ${limits.bodyBytes}`,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    code: 'invalid_argument',
    description: 'The content-type is not application/json, or the content-encoding is neither gzip nor identity.',
    example: 'The content-type must be application/json, not "text/plain".',
  },
  DEFAULT_POLICY_FAILED: {
    code: 'internal',
    description: "The server's default policy failed, and nothing was stored.",
    example: 'The default policy "policy.ts" failed; nothing was stored.',
  },
  DAMAGED_ENTRY: {
    code: 'data_loss',
    description: 'What is stored can not be read.',
    example: 'The stored entry 1 of my-org/my-service is damaged.',
  },
  INTERNAL: {
    code: 'internal',
    description: "A defect of the server, whose cause is in the server's log only.",
    example: 'internal error',
  },
  STORE_UNAVAILABLE: {
    code: 'unavailable',
    description: 'The store can not be reached; the call may be sent again.',
    example: 'The registry cannot reach its store at the moment; try again later.',
  },
}

/** What the listener refuses before it is a whole request. */
export const unreadableTexts = [
  { key: 'HEAD_TOO_SLOW', status: 408, description: 'The head of the request did not arrive in time.' },
  { key: 'HEAD_TOO_LARGE', status: 431, description: `The headers have more than ${limits.headerBytes} bytes.` },
] as const
