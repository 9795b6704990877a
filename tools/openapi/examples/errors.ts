import type { KnownReason } from '../../../src/domain/reasons.ts'
import { defaultLimits as limits } from '../../../src/server/limits.ts'
import type { ErrorExample } from './example.ts'

/** An example for each reason. An operation that answers with another text has its own example. */
export const errorExamples: Partial<Record<KnownReason, ErrorExample>> = {
  INVALID_REQUEST: {
    fields: ['namespace'],
    error: 'namespace "%" has broken percent-encoding in the path; write a percent sign as %25.',
  },
  INVALID_NAMESPACE: {
    fields: ['namespace'],
    error: 'namespace "My-Org" is not valid; use lower kebab case, such as "my-org", of 1 to 128 characters.',
  },
  INVALID_NAME: {
    fields: ['name'],
    error: 'name "my_service" is not valid; use lower kebab case, such as "my-service", of 1 to 128 characters.',
  },
  MISSING_REVISION_TAG: { error: 'A revision tag must be included when registering a new service revision.' },
  INVALID_REVISION_TAG: {
    fields: ['revision_tag'],
    error:
      `revision_tag "1.2.9+5" is not valid; use 1 to 128 letters, digits, '_', '.' or '-' that start with a letter, ` +
      "a digit or '_', without the build metadata after '+'.",
  },
  INVALID_VERSION_RANGE: {
    fields: ['version_range'],
    error:
      'version_range ">>1" is not valid; use a range of semantic versions, such as ^1.2, >=2.0.0-beta.1 or 1.x || 3.x, ' +
      'of at most 256 characters.',
  },
  INVALID_LABEL_SELECTOR: {
    fields: ['label_selector'],
    error:
      'label_selector "tier=web=" is not valid because "tier=web=" is not a requirement; use requirements such as tier=web, ' +
      'tier!=web, tier in (web, api), tier notin (web), tier or !tier, with commas between them, of at most 1024 characters.',
  },
  INVALID_LABELS: {
    fields: ['labels'],
    error:
      `labels has the value "-" for "tier"; use no value, or 1 to 63 letters, digits, '_', '.' or '-' that begin and ` +
      'end with a letter or a digit.',
  },
  INVALID_ENDPOINTS: {
    fields: ['endpoints[0].uri'],
    error:
      'endpoints[0].uri "my-service" is not valid; use a URI with its scheme, such as "https://api.example.com", ' +
      'of at most 2048 characters.',
  },
  INVALID_DESCRIPTION: {
    fields: ['description'],
    error: 'description has 4097 characters; use at most 4096.',
  },
  INVALID_INFORMATION: {
    fields: ['documentation_uri'],
    error:
      'documentation_uri "http://docs.example.com" is not valid; use an https URI of at most 2048 characters, ' +
      'such as "https://docs.example.com/my-service".',
  },
  INVALID_SOURCE: {
    fields: ['source.image_digest'],
    error: 'source.image_digest "0a1b2c" is not valid; use a digest with its algorithm, such as "sha256:0a1b2c".',
  },
  INVALID_REASON: { fields: ['reason'], error: 'reason has 1025 characters; use at most 1024.' },
  INVALID_ALIAS: {
    fields: ['alias'],
    error:
      'alias "default" is not valid; use lower kebab case, such as "beta", of 1 to 63 characters, except "default" and ' +
      'texts that could be a version or a range.',
  },
  INVALID_ETAG: { fields: ['etag'], error: 'etag is missing; give the current etag of the revision.' },
  INVALID_REQUEST_ID: {
    fields: ['request_id'],
    error: `request_id "a b" is not valid; use 1 to 128 letters, digits, '_', '.', ':' or '-', such as a UUID.`,
  },
  REQUEST_ID_REUSED: {
    fields: ['request_id'],
    error: 'request_id "deploy-1" belongs to another request of this service; use a new id for each request.',
  },
  INVALID_UPDATE_MASK: {
    fields: ['update_mask'],
    error: 'update_mask names "source"; name labels, endpoints, description, documentation_uri, or * for all of them.',
  },
  INVALID_PREFIX: {
    fields: ['prefix'],
    error: 'prefix "My-Org" is not valid; use the beginning of namespace/name, such as "my-org/" or "my-org/my-s".',
  },
  INVALID_PAGE_SIZE: { fields: ['page_size'], error: 'page_size -1 is not valid; use 0 (the default) or more.' },
  INVALID_PAGE_TOKEN: {
    fields: ['page_token'],
    error: 'page_token does not belong to this list; use next_page_token of the previous page, with the same filters.',
  },
  CONFLICTING_SELECTORS: {
    fields: ['revision_tag', 'version_range'],
    error:
      'the request has revision_tag "1.2.9" and version_range "^1.2"; give at most one of revision_tag, version_range, alias.',
  },
  INVALID_ROLLOUT: {
    fields: ['candidates[0].weight'],
    error: 'candidates[0].weight is -1; use a whole number from 0 to 100000.',
  },
  INVALID_TARGETING_KEY: {
    fields: ['targeting_key'],
    error: 'targeting_key has 257 characters; use at most 256.',
  },
  INVALID_AT_TIME: {
    fields: ['at_time'],
    error: 'at_time 9999-01-01T00:00:00.000Z is in the future; use a time until 2026-11-24T15:50:04.123Z.',
  },
  INVALID_AT_GENERATION: {
    fields: ['at_generation'],
    error: 'at_generation is -1; use a generation of the service, 1 or more.',
  },
  STATE_NOT_FOUND: {
    fields: ['at_generation'],
    error:
      'Service revision not found. at_generation 7 is beyond the newest generation of my-org/few-changes; use 1 to 1.',
  },
  ROLLOUT_NOT_FOUND: { error: 'Service revision not found. my-org/few-changes has no rollout; begin one.' },
  CANDIDATE_IS_DEFAULT: {
    fields: ['candidates[0].revision_tag'],
    error:
      'candidates[0].revision_tag "1.2.9" is the default, which callers get without a rollout; name another revision, or set another default first.',
  },
  NOT_A_CANDIDATE: {
    fields: ['promote'],
    error: 'promote "1.2.9" is no candidate of the rollout; use one of "1.3.0", or leave it out.',
  },
  REPLACEMENT_CYCLE: {
    fields: ['replacement'],
    error:
      'replacement "1.3.0" leads back to "1.2.9" (1.2.9 → 1.3.0 → 1.2.9); choose a revision that is not replaced by it.',
  },
  SERVICE_NOT_FOUND: { error: 'Service revision not found.' },
  ALIAS_NOT_FOUND: {
    error:
      'Service revision not found. my-org/my-service has no alias "nothing"; use an alias of the service, or set this one.',
  },
  NO_DEFAULT: {
    error:
      'Service revision not found. my-org/no-default has no default revision; name a revision_tag, or make one of its revisions the default.',
  },
  TARGET_NOT_FOUND: {
    fields: ['revision_tag'],
    error: 'revision_tag "9.9.9" is not a revision of the service; register it first.',
  },
  TARGET_YANKED: {
    fields: ['revision_tag'],
    error: 'revision_tag "0.9.0" is yanked; choose a revision that is not yanked.',
  },
  TOO_MANY_ALIASES: {
    fields: ['alias'],
    error:
      'alias "one-more" cannot be added to my-org/many-aliases, which has the maximum of 64 aliases; delete another alias first.',
  },
  REVISION_NOT_YANKED: {
    fields: ['revision_tag'],
    error: 'revision_tag "1.2.9" is active, not yanked; yank it before you delete it.',
  },
  REVISION_IN_USE: {
    fields: ['revision_tag'],
    error:
      'revision_tag "0.9.0" is the target of alias "production"; set or delete the alias before you delete the revision.',
  },
  ETAG_MISMATCH: {
    fields: ['etag'],
    error: 'etag "outdated" is not the current etag, so nothing was changed; read the current etag and try again.',
  },
  REVISION_NOT_FOUND: {
    error:
      'Service revision not found. my-org/my-service has no revision "9.9.9"; use the tag of a registered revision.',
  },
  REVISION_ALREADY_EXISTS: {
    error:
      'my-org/my-service:1.2.9 is registered with other content (is_default was absent and is now true); ' +
      'register the new content under another revision tag.',
  },
  REVISION_DELETED: {
    error: 'my-org/deleted:1.2.9 was deleted, and a deleted tag is never registered again; use another revision tag.',
  },
  ORIGIN_NOT_ALLOWED: {
    error:
      'pages of the origin "https://elsewhere.example.com" may not change anything here; start the server with --cors-origin to allow them.',
  },
  HOST_NOT_ALLOWED: {
    error: 'the host "elsewhere.example.com" is not allowed here; start the server with --allowed-host to allow it.',
  },
  TOKEN_MISSING: {
    error:
      'permission "{permission}" on {resource} is missing for callers without a token; ' +
      'send a token in the header Authorization: Bearer TOKEN.',
  },
  TOKEN_INVALID: {
    error:
      'the token is neither a signed JWT nor a static token of this server; send a signed JWT of an issuer that the ' +
      'server trusts, or a static token that the server knows.',
  },
  PERMISSION_DENIED: {
    error:
      'permission "{permission}" on {resource} is missing for the token "stranger"; ' +
      'ask the operator of the registry for a grant.',
  },
  ISSUER_UNREACHABLE: {
    error: 'the keys of the issuer "https://issuer.example.com" cannot be fetched; try again later.',
  },
  SOURCE_MISMATCH: {
    fields: ['source.commit'],
    error:
      'source.commit is "decade00", but the token names "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e"; ' +
      'leave it out, or use that of the token.',
  },
  RATE_LIMITED: {
    error: 'the caller has sent more than the 10 writes per second that it may send; try again in 0.2 seconds.',
  },
  TOO_MANY_REVISIONS: {
    error:
      'my-org/my-service has 3 revisions, and the limit is 3; delete yanked revisions that nobody needs, or ask the operator to raise --max-revisions-per-service.',
  },
  TOO_MANY_SERVICES: {
    error:
      'the namespace "my-org" has as many services as it may have, and the limit is 3; use another namespace, or ask the operator to raise --max-services-per-namespace.',
  },
  CALL_TOKENS_OFF: { error: 'this server issues no tokens to call revisions; start it with --call-tokens.' },
  CALL_TOKEN_FAILED: { error: 'the token to call my-org/my-service:1.2.9 could not be made; try again later.' },
  INVALID_LIFETIME: {
    fields: ['lifetime_seconds'],
    error: 'lifetime_seconds is 30; use 60 to 3600, or leave it out for 300.',
  },
  INVALID_PERMISSION: {
    fields: ['permission'],
    error: 'permission "write" is not valid; use one of read, register, manage, delete, call, admin.',
  },
  REVISION_YANKED: { error: 'my-org/yanked:1.2.9 is yanked; choose a revision that is not yanked.' },
  TOO_MANY_CONFLICTS: {
    error: 'my-org/my-service was not changed, because other writers kept changing it; try again.',
  },
  TOO_MANY_CHANGES: { error: 'too many changes wait; try again later.' },
  REQUEST_TOO_SLOW: { error: `the request did not arrive within ${limits.requestMs} ms; send it faster.` },
  REQUEST_TOO_LARGE: {
    error: `the request body has ${limits.bodyBytes + 1} bytes; send at most ${limits.bodyBytes} bytes.`,
  },
  UNSUPPORTED_MEDIA_TYPE: { error: 'the content-encoding "br" is not supported; use gzip or identity.' },
  DEFAULT_POLICY_FAILED: {
    error: 'the default policy "policy.ts" failed, so nothing was stored; ask the operator to mend it.',
  },
  DAMAGED_ENTRY: { error: 'entry 1 of my-org/my-service is damaged in the store; restore the store from a backup.' },
  DAMAGED_STORE: {
    error: 'the file of the store is damaged; run waypost verify, and restore the file from a backup.',
  },
  UPGRADE_NOT_FINISHED: {
    error:
      'the upgrade of the store is not finished, so it cannot keep a rollout or a revert; end all servers of older versions, and run waypost upgrade --finish.',
  },
  NEWER_ENTRY: {
    error:
      'entry 1 of my-org/my-service has form 4, and this version of Waypost reads forms 1 to 3; use a newer Waypost.',
  },
  INTERNAL: { error: 'internal error' },
  CLOCK_SKEW: {
    error:
      "the server's clock is 7 minutes ahead of the store's; set the wrong clock right, or restart the server if its clock was wrong at its start.",
  },
  STORE_UNAVAILABLE: { error: 'the store cannot be reached; try again later.' },
}
