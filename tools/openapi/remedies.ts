import type { ClientReason } from '../../src/client/api/client-reasons.ts'
import type { KnownReason } from '../../src/domain/reasons.ts'

// The second half of docs/errors.md: what to do about each reason. The first half is in descriptions.ts.

/** The sections of the page, in their order. A section has the reasons that ask the same of the reader. */
export const sections = {
  request: {
    title: 'Correct the request',
    introduction:
      'The registry refused the request, and would refuse it again. Change the request before you send it again.',
  },
  state: {
    title: 'Look at the service',
    introduction:
      'The request is valid, but the service does not allow it at the moment. Look at the service first, then change either ' +
      'the request or the service.',
  },
  retry: {
    title: 'Try again',
    introduction:
      'The same request can succeed later. If the answer tells how long to wait, wait as long: in the header `Retry-After` ' +
      '(seconds), in a `google.rpc.RetryInfo` (Connect, gRPC and gRPC-Web), or in the trailer `grpc-retry-pushback-ms` ' +
      '(gRPC and gRPC-Web). Otherwise, wait a little longer before each new try. Give every change a `request_id`, and repeat ' +
      'the change with the same id, because the first attempt may have been stored. If it was, the registry gives the answer ' +
      'of that success again and changes nothing. If it was not, the registry makes the change now. It does not remember ' +
      'errors. The [client](sdk.md#deadlines-signals-and-retries) repeats calls by itself if a registry is `unavailable`.',
  },
  operator: {
    title: 'Ask the operator',
    introduction:
      'The caller usually cannot solve these. Tell the operator of the registry the reason and the time of the request.',
  },
} as const

/** What to do about a reason. */
interface Remedy {
  readonly section: keyof typeof sections
  /** What to do next: whole sentences. */
  readonly remedy: string
}

/** What to do about each reason of a registry. */
export const remedies: Readonly<Record<Exclude<KnownReason, 'INVALID_SRUID'>, Remedy>> = {
  INVALID_REQUEST: request(
    'Correct the field or the key that the message names. For an unknown key, it suggests the nearest known one.',
  ),
  INVALID_NAMESPACE: request('Use `a-z`, `0-9` and single hyphens between them, at most 128 characters.'),
  INVALID_NAME: request('Use `a-z`, `0-9` and single hyphens between them, at most 128 characters.'),
  INVALID_REVISION_TAG: request(
    "Use at most 128 letters, digits, `_`, `.` or `-` that start with a letter, a digit or `_`. Leave out a version's build metadata (`+…`).",
  ),
  INVALID_VERSION_RANGE: request('Use the range syntax of node-semver, such as `^1.2`, in at most 256 characters.'),
  INVALID_LABEL_SELECTOR: request(
    'Use the selector syntax of Kubernetes, such as `tier in (web, api)`, in at most 1024 characters.',
  ),
  INVALID_LABELS: request('Use at most 64 labels, with the names and values that Kubernetes allows.'),
  INVALID_ENDPOINTS: request('Correct the endpoint that `fields` names. A revision has at most 16 endpoints.'),
  INVALID_DESCRIPTION: request(
    'Use at most 4096 characters, no control characters except tabs and line ends, and no U+202A to U+202E or U+2066 to U+2069.',
  ),
  INVALID_INFORMATION: request('Use an `https` URI of at most 2048 characters.'),
  INVALID_SOURCE: request('Correct the part that `fields` names.'),
  INVALID_REASON: request(
    'Use at most 1024 characters, no control characters except tabs and line ends, and no U+202A to U+202E or U+2066 to U+2069.',
  ),
  INVALID_ALIAS: request(
    'Use `a-z`, `0-9` and single hyphens between them, at most 63 characters. `default` and texts that could be a version or a range are not allowed.',
  ),
  INVALID_ETAG: request('Send the current `etag` of the resource. In `If-Match`, put it in double quotes.'),
  INVALID_REQUEST_ID: request('Use 1 to 128 letters, digits, `_`, `.`, `:` or `-`, such as a UUID.'),
  INVALID_UPDATE_MASK: request(
    'Name only `labels`, `endpoints`, `description` and `documentation_uri`, or use `*` for all of them.',
  ),
  INVALID_PREFIX: request('Use the beginning of `namespace/name`, such as `my-org/`.'),
  INVALID_PAGE_SIZE: request('Use 0 (for the default of 100) or more. A larger size than 1000 counts as 1000.'),
  INVALID_PAGE_TOKEN: request(
    'Use `next_page_token` of the previous page with the same filters, or start again without a token.',
  ),
  CONFLICTING_SELECTORS: request(
    'Give one of `revision_tag`, `version_range` and `alias`, or none of them to get the default revision. Give an alias ' +
      'either `revision_tag` or `follows`. Give a time or a generation, but not both.',
  ),
  INVALID_ROLLOUT: request(
    'Correct the field that `fields` names. A rollout has 1 to 8 candidates with different tags, weights of at most 100,000 ' +
      'together, and at most 100 pinned keys.',
  ),
  INVALID_TARGETING_KEY: request(
    'Use 1 to 256 characters without control characters. In the header, write them as percent-encoded UTF-8.',
  ),
  INVALID_AT_TIME: request('Use a time that is not in the future. Look at the clock of the caller.'),
  INVALID_AT_GENERATION: request('Use a generation that is 1 or more.'),
  MISSING_REVISION_TAG: request('Add `revision_tag` to the body of the registration.'),
  UNSUPPORTED_MEDIA_TYPE: request('Send the body without compression, or compressed with gzip.'),
  REQUEST_TOO_LARGE: request('Send less information about the revision.'),
  INVALID_LIFETIME: request('Use 60 to 3,600 seconds, or leave the field out.'),
  INVALID_PERMISSION: request(
    'Use `read`, `register`, `manage`, `delete`, `call` or `admin`, and a resource such as `my-org/my-service`.',
  ),
  TOKEN_MISSING: request('Send a token of an issuer that the registry trusts, as `Authorization: Bearer TOKEN`.'),
  TOKEN_INVALID: request(
    'Get a new token, or send none: then the caller is anonymous. The message names the part that is not valid.',
  ),
  SOURCE_MISMATCH: request(
    'Leave the field out: the registry takes it from the token. Or register from the right run.',
  ),
  HEADERS_TOO_LARGE: request('Send fewer or shorter headers. Look for large cookies and tokens.'),
  PATH_NOT_FOUND: request('Check the address of the registry, its base path, and the path of the call.'),
  SERVICE_NOT_FOUND: state('Check the namespace and the name, or register the first revision of the service.'),
  REVISION_NOT_FOUND: state('List the revisions of the service, and use one of them.'),
  ALIAS_NOT_FOUND: state('List the aliases of the service, and use one of them, or set this alias.'),
  NO_DEFAULT: state('Name a revision in the request, or set a default.'),
  STATE_NOT_FOUND: state('List the changes of the service, and use a time or a generation of one of them.'),
  ROLLOUT_NOT_FOUND: state('Begin a rollout, or look at the changes of the service to see when it ended.'),
  REVISION_ALREADY_EXISTS: state(
    'Register the new content under another revision tag. To change information such as labels, update the revision.',
  ),
  REVISION_DELETED: state('Register the content under another revision tag.'),
  REQUEST_ID_REUSED: state(
    'Use a new request id for each new request. Use the old one only to repeat the same request.',
  ),
  TARGET_NOT_FOUND: state('Register that revision first, or choose one that is registered.'),
  TARGET_YANKED: state('Choose a revision that is not yanked, or remove its yank.'),
  CANDIDATE_IS_DEFAULT: state('Leave the default out: it gets all callers whom no candidate gets.'),
  NOT_A_CANDIDATE: state('Promote a candidate of the rollout, or set the default instead.'),
  REPLACEMENT_CYCLE: state('Name a replacement that is not itself replaced by the revision.'),
  TOO_MANY_ALIASES: state('Delete an alias that nobody uses. A service has at most 64 aliases.'),
  REVISION_YANKED: state('Choose a revision that is not yanked, or remove its yank.'),
  TOO_MANY_REVISIONS: state('Yank and delete revisions that nobody uses, or ask the operator to raise the limit.'),
  TOO_MANY_SERVICES: state('Use another namespace, or ask the operator to raise the limit.'),
  REVISION_NOT_YANKED: state('Yank the revision first. Look at who still uses it before you delete it.'),
  REVISION_IN_USE: state('Let the alias, the rollout or the deprecation that the message names use another revision.'),
  ETAG_MISMATCH: state('Read the resource again. If the change is still right, send it again with the new etag.'),
  REQUEST_TOO_SLOW: retry('Send the request again. If it happens often, look at the network and the size of the body.'),
  TOO_MANY_CONFLICTS: retry(
    'Send the request again after a moment. Let fewer pipelines change the same service at once.',
  ),
  TOO_MANY_CHANGES: retry('Send the request again with growing pauses. Send fewer changes at once.'),
  RATE_LIMITED: retry('Wait as long as the answer tells, and send fewer requests.'),
  ISSUER_UNREACHABLE: retry('Send the request again with growing pauses. If it lasts, tell the operator.'),
  CALL_TOKEN_FAILED: retry(
    'Send the request again. If it lasts, the operator finds the cause in the log of the server.',
  ),
  CANCELED: retry('Do nothing if the caller ended the request on purpose. Otherwise send it again.'),
  DEADLINE_EXCEEDED: retry('Send the request again, with a longer deadline if it happens often.'),
  CLOCK_SKEW: retry(
    'Send the request again with growing pauses. If it lasts, the operator [sets the clock right](operating.md#clocks).',
  ),
  STORE_UNAVAILABLE: retry('Send the request again with growing pauses. If it lasts, tell the operator.'),
  ORIGIN_NOT_ALLOWED: operator(
    'The operator can allow the origin with `--cors-origin`. A program that is not a web page should send no `Origin` header.',
  ),
  HOST_NOT_ALLOWED: operator(
    'The operator can allow the host with `--allowed-host`. On the machine of the server, use `localhost` or `127.0.0.1`.',
  ),
  PERMISSION_DENIED: operator('The operator can give the caller the permission that the message names.'),
  CALL_TOKENS_OFF: operator('The operator can start the server with `--call-tokens`.'),
  DEFAULT_POLICY_FAILED: operator(
    "The operator finds the cause in the server's log. Until it is mended, register with `is_default`: then the policy is not asked.",
  ),
  UPGRADE_NOT_FINISHED: operator(
    'The operator ends all servers of older versions, and runs `waypost upgrade --finish`. Then send the request again.',
  ),
  NEWER_ENTRY: operator('The operator installs the newer version on every server of the store.'),
  DAMAGED_ENTRY: operator('The operator restores the store from a backup.'),
  DAMAGED_STORE: operator('The operator runs `waypost verify`, and restores the store from a backup.'),
  INTERNAL: operator("The operator finds the cause in the server's log."),
}

/** An error that a client or a command throws without an answer of a registry. */
interface ClientDescriptor {
  readonly code: string
  /** When the error happens. */
  readonly description: string
  readonly remedy: string
}

/** The reasons of errors that do not come from a registry. */
export const clientDescriptors: Readonly<Record<ClientReason | 'INVALID_SRUID', ClientDescriptor>> = {
  INVALID_SRUID: {
    code: '`invalid_argument`',
    description: 'A text is not `namespace/name` or `namespace/name:revision_tag`.',
    remedy: 'Correct the text. An example is `my-org/my-service:1.2.9`.',
  },
  REGISTRY_UNREACHABLE: {
    code: '`unavailable` or `deadline_exceeded`',
    description: 'There was no connection, or no answer in time.',
    remedy: 'Check the address and the network. Try again later.',
  },
  UNEXPECTED_ANSWER: {
    code: 'any except `not_found`',
    description: 'The answer came from a proxy or another server, not from a registry.',
    remedy: 'Check the base URL, and the proxies between the client and the registry.',
  },
  TOKEN_FAILED: {
    code: '`unauthenticated`, or `deadline_exceeded` if it was too slow',
    description: 'The token function failed, or its token cannot be sent in a header.',
    remedy: 'Look at `cause`, and mend the function.',
  },
  HEADERS_FAILED: {
    code: '`internal`, or `deadline_exceeded` if it was too slow',
    description: 'The headers function failed, or a header that it returned cannot be sent.',
    remedy: 'Look at `cause`, and mend the function.',
  },
  CLIENT_CLOSED: {
    code: '`failed_precondition`',
    description: 'The client was closed before the call.',
    remedy: 'Create another client, or close this one later.',
  },
  CANCELED: {
    code: '`canceled`',
    description: 'The signal of the call aborted.',
    remedy: 'Do nothing if you aborted it on purpose. A change may have been made all the same.',
  },
}

function request(remedy: string): Remedy {
  return { section: 'request', remedy }
}

function state(remedy: string): Remedy {
  return { section: 'state', remedy }
}

function retry(remedy: string): Remedy {
  return { section: 'retry', remedy }
}

function operator(remedy: string): Remedy {
  return { section: 'operator', remedy }
}
