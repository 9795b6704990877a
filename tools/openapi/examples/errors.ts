import type { KnownReason } from '../../../src/domain/errors.ts'
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
    error:
      'namespace "My-Org" is not valid: it must be 1 to 128 characters of lower kebab case ' +
      "(a-z and 0-9 in groups joined by single '-').",
  },
  INVALID_NAME: {
    fields: ['name'],
    error:
      'name "my_service" is not valid: it must be 1 to 128 characters of lower kebab case ' +
      "(a-z and 0-9 in groups joined by single '-').",
  },
  MISSING_REVISION_TAG: { error: 'A revision tag must be included when registering a new service revision.' },
  INVALID_REVISION_TAG: {
    fields: ['revision_tag'],
    error:
      `revision_tag "1.2.9+5" is not valid: it must be 1 to 128 letters, digits, '_', '.' or '-', and start with a ` +
      `letter, a digit or '_'. A '+' is not allowed: register the version without its build metadata.`,
  },
  INVALID_VERSION_RANGE: {
    fields: ['version_range'],
    error:
      'version_range ">>1" is not valid, it is not a range: it must be a range of semantic versions such as ^1.2, ' +
      '>=2.0.0-beta.1 or 1.x || 3.x, of at most 256 characters.',
  },
  INVALID_LABEL_SELECTOR: {
    fields: ['label_selector'],
    error:
      'label_selector "tier=web=" is not valid, "tier=web=" is no requirement: it must be requirements such as tier=web, ' +
      'tier!=web, tier in (web, api), tier notin (web), tier or !tier, with commas between them, 1024 characters at most.',
  },
  INVALID_LABELS: {
    fields: ['labels'],
    error:
      `labels has the value "-" for "tier": it must be empty, or 1 to 63 letters, digits, '_', '.' or '-' that begin and ` +
      'end with a letter or a digit.',
  },
  INVALID_ENDPOINTS: {
    fields: ['endpoints[0].uri'],
    error: 'endpoints[0].uri "my-service" is not valid: it must be a URI with its scheme, of at most 2048 characters.',
  },
  INVALID_DESCRIPTION: {
    fields: ['description'],
    error: 'description has 4097 characters: it must have at most 4096.',
  },
  INVALID_INFORMATION: {
    fields: ['documentation_uri'],
    error:
      'documentation_uri "http://docs.example.com" is not valid: it must be an https URI of at most 2048 characters, ' +
      'such as https://docs.example.com/my-service.',
  },
  INVALID_SOURCE: {
    fields: ['source.image_digest'],
    error: 'source.image_digest "0a1b2c" is not valid: it must be a digest with its algorithm, such as sha256:0a1b2c.',
  },
  INVALID_REASON: { fields: ['reason'], error: 'reason has 1025 characters: it must have at most 1024.' },
  INVALID_ALIAS: {
    fields: ['alias'],
    error:
      'alias "default" is not valid: it must be 1 to 63 characters of lower kebab case (a-z and 0-9 in groups joined by ' +
      "single '-'), neither 'default' nor what could be a version or a range.",
  },
  INVALID_ETAG: { fields: ['etag'], error: 'etag is missing; give the etag of the revision.' },
  INVALID_REQUEST_ID: {
    fields: ['request_id'],
    error: `request_id "a b" is not valid: it must be 1 to 128 letters, digits, '_', '.', ':' or '-', such as a UUID.`,
  },
  REQUEST_ID_REUSED: {
    fields: ['request_id'],
    error:
      'request_id "deploy-1" was given to another request of this service: each request must have an id of its own.',
  },
  INVALID_UPDATE_MASK: {
    fields: ['update_mask'],
    error: 'update_mask names "source"; name labels, endpoints, description, documentation_uri, or * for all of them.',
  },
  INVALID_PREFIX: {
    fields: ['prefix'],
    error: 'prefix "My-Org" is not valid: it must be the beginning of namespace/name, such as my-org/ or my-org/my-s.',
  },
  INVALID_PAGE_SIZE: { fields: ['page_size'], error: 'page_size -1 is not valid: it must be 0 (the default) or more.' },
  INVALID_PAGE_TOKEN: {
    fields: ['page_token'],
    error:
      'page_token is not one of this list: it must be next_page_token of the page before, asked for with the same filters.',
  },
  CONFLICTING_SELECTORS: {
    fields: ['revision_tag', 'version_range'],
    error:
      'the request has revision_tag "1.2.9" and version_range "^1.2"; give at most one of revision_tag, version_range, alias.',
  },
  SERVICE_NOT_FOUND: { error: 'Service revision not found.' },
  ALIAS_NOT_FOUND: { error: 'Service revision not found. my-org/my-service has no alias "nothing".' },
  NO_DEFAULT: {
    error:
      'Service revision not found. my-org/no-default has no default revision. Name a revision_tag, or set a default with PUT /services/my-org/no-default/default.',
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
    error: 'alias is the 65th of my-org/many-aliases; a service may have at most 64. Delete one first.',
  },
  REVISION_NOT_YANKED: {
    fields: ['revision_tag'],
    error: 'revision_tag names my-org/my-service:1.2.9, which is active; yank it before you delete it.',
  },
  REVISION_IN_USE: {
    fields: ['revision_tag'],
    error:
      'revision_tag names my-org/in-use:0.9.0, which the alias production points to; point that to another revision before you delete it.',
  },
  ETAG_MISMATCH: {
    fields: ['etag'],
    error:
      'etag "outdated" is not the current one: it must be that of what is to be changed, as it is now. Nothing was changed.',
  },
  REVISION_NOT_FOUND: { error: 'Service revision not found. my-org/my-service has no revision 9.9.9.' },
  REVISION_ALREADY_EXISTS: {
    error:
      'my-org/my-service:1.2.9 is already registered with other content: it was registered without is_default, and this ' +
      'request is with is_default true.',
  },
  REVISION_DELETED: {
    error: 'my-org/deleted:1.2.9 was deleted. A deleted tag is never registered again; choose another tag.',
  },
  ORIGIN_NOT_ALLOWED: {
    error:
      'pages of the origin "https://elsewhere.example.com" may not change anything here; start the server with --cors-origin to allow them.',
  },
  TOO_MANY_CONFLICTS: { error: 'my-org/my-service was not changed: other writers kept changing it; try again.' },
  REQUEST_TOO_SLOW: { error: `the request did not arrive within ${limits.requestMs} ms; send it faster.` },
  REQUEST_TOO_LARGE: {
    error: `the request body has ${limits.bodyBytes + 1} bytes; send at most ${limits.bodyBytes} bytes.`,
  },
  UNSUPPORTED_MEDIA_TYPE: { error: 'the content-encoding "br" is not supported; use gzip or identity.' },
  DEFAULT_POLICY_FAILED: { error: 'The default policy "policy.ts" failed; nothing was stored.' },
  DAMAGED_ENTRY: { error: 'entry 1 of my-org/my-service is damaged in the store; restore the store from a backup.' },
  INTERNAL: { error: 'internal error' },
  STORE_UNAVAILABLE: { error: 'the store cannot be reached; try again later.' },
}
