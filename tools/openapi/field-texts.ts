/** By the field's name, or by that of its message and its own where it means something else there. */
export const fieldTexts: Readonly<Record<string, string>> = {
  namespace: 'The namespace of the service, such as `my-org`: lower kebab case.',
  name: 'The name of the service within its namespace, such as `my-service`: lower kebab case.',
  revision_tag:
    'The tag of the revision, such as `1.2.9`: what Docker allows as a tag. A `+` is not allowed, so a semantic version ' +
    'is registered without its build metadata.',
  'GetRequest.revision_tag': 'The tag of the revision to get. Absent or empty: the default revision.',
  'SetAliasRequest.revision_tag': 'The tag of the revision that the alias stays with.',
  'Alias.revision_tag': 'The tag of the revision that it points to. Absent: it follows a range in which there is none.',
  'Rejection.revision_tag': 'The tag of a revision that was not chosen.',
  'Revision.is_default': 'Whether the revision is the default of its service at the time of the answer.',
  'RegisterRequest.is_default':
    'Whether the revision becomes the default of its service. True: it does. False: it does not, and the default stays ' +
    "what it was. Absent or null: the server's default policy decides; as shipped, the latest semantic version is the default.",
  labels: 'Names and values to select revisions by, with the grammar that Kubernetes has for labels.',
  endpoints: 'Where the revision can be reached: up to 65,536 characters in all. The registry never calls it.',
  description: 'What the revision is, for people.',
  source: 'What the revision was built from.',
  protocol: 'What is spoken there, such as `grpc` or `https`.',
  uri: 'The URI, with its scheme.',
  metadata: 'Whatever a caller needs beside that.',
  repository: 'The repository of the source code, such as its URL.',
  commit: 'The commit.',
  image_digest: 'The digest of the image, such as `sha256:0a1b2c`.',
  state: 'Where the revision is in its life. Absent in the view BASIC where it is ACTIVE.',
  'ListRevisionsRequest.state': 'The state that the revisions are in. Absent: any.',
  deprecation: 'Why the revision is DEPRECATED, and what to use instead.',
  message: 'What callers are told.',
  replacement: 'The tag of the revision to use instead.',
  yank: 'Why the revision is YANKED.',
  reason: 'Why, for those who ask later.',
  'Rejection.reason': 'Why not, for people.',
  explanation: 'Why the caller got this revision, where it asked.',
  'Explanation.rule': 'What decided.',
  'Explanation.description': 'The same as a sentence for people.',
  rejected:
    'The best that were not chosen: up to 5 that the rule passed over, then up to 5 above them that it does not have.',
  register_time: 'When the revision was registered. In the view FULL only.',
  registered_by: 'Who registered the revision. In the view FULL only.',
  etag: 'The etag that it must have. Absent or empty: any.',
  'DeleteRevisionRequest.etag': 'The etag that the revision has, which has to be given.',
  'Revision.etag': 'Changes whenever the revision does, but for `is_default`. In the view FULL only.',
  'Service.etag': 'Changes whenever the default, an alias or the highest versions do.',
  'Alias.etag': 'Changes whenever the alias does, also where it follows.',
  service_etag: 'Changes whenever the default, an alias or the highest versions of the service do.',
  pub_sub_topic:
    "The id of the revision's Google Pub/Sub topic as the Octue SDK names it. In the view FULL only; absent where it " +
    'would have more than 255 characters.',
  version_range:
    'A range in the syntax of node-semver, such as `^1.2`: its highest version that is not yanked. It has pre-releases ' +
    'of versions that it names a pre-release of (`>=2.0.0-beta.1`), and no others.',
  alias: 'An alias: lower kebab case, neither `default` nor what could be a version or a range.',
  'GetRequest.alias': 'An alias of the service, such as `beta`.',
  'SetAliasResponse.alias': 'The alias as it is afterwards.',
  include_prerelease: 'Whether the range has all pre-releases that lie in it.',
  follows: 'The range that the alias follows, in the syntax of node-semver.',
  label_selector:
    'What the labels must be, as in Kubernetes: `tier=web`, `tier!=web`, `tier in (web, api)`, `tier notin (web)`, `tier` ' +
    'or `!tier`, with commas between them. Absent or empty: anything.',
  explain: 'Whether the answer says why it is this revision.',
  view: 'How much of each revision is answered. Absent: BASIC. FULL has also who registered it and when, its state, its etag.',
  update_mask:
    'What changes, with commas between them: `labels`, `endpoints`, `description`, or `*` for all three. What it names and ' +
    'the request does not have becomes empty. Absent or empty: what the request has.',
  validate_only: 'Whether to answer what would happen, and change nothing.',
  request_id:
    'An id of this request, such as a UUID. Sending the request again with it gives the first answer again, and changes ' +
    'nothing.',
  if_default:
    'What becomes of the default where it is this revision. MOVE, or absent: it moves to the first revision, from the ' +
    'highest version down, that the default policy says yes to; what was registered with `is_default` false comes last. ' +
    'CLEAR: there is none any more.',
  default_revision_tag: 'The tag of the default revision of the service. Absent: there is none.',
  highest_version: 'The highest semantic version that is not yanked, pre-releases included. Absent: there is none.',
  highest_release: 'The highest semantic version that is neither yanked nor a pre-release. Absent: there is none.',
  revision_count: 'How many revisions the service has.',
  revision: 'The revision as it is afterwards.',
  aliases: 'The aliases, at most 64.',
  namespaces: 'The namespaces, in the order of their text with a slash behind it.',
  services: 'The services.',
  revisions: 'The revisions.',
  next_page_token:
    'Asks for the next page. Absent: there is none. A page may have fewer items than were asked for all the same.',
  page_size: 'How many to answer, at most. Absent or 0: 100. More than 1000 counts as 1000.',
  page_token: '`next_page_token` of the page before, asked for with the same filters. Absent or empty: the first page.',
  prefix: 'What the text of the services, `namespace/name`, begins with, such as `my-org/`. Absent or empty: anything.',
  order: 'What comes first. NEWEST_FIRST, or absent: the last registered. HIGHEST_VERSION_FIRST: the highest version.',
  policy: 'The name of the policy.',
  becomes_default: 'Whether the policy would make the revision the default.',
  current_default: 'What the policy was told: the tag of the current default. Absent: there is none.',
}
