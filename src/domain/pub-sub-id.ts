import { fieldError, quote } from './errors.ts'
import type { RevisionTag } from './revision-tag.ts'
import { parseServiceReference, type ServiceId, type Sruid } from './sruid.ts'

/**
 * The most characters that the id of a topic or a subscription may have
 * (https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names).
 */
const MAX_LENGTH = 255

/**
 * The Google Pub/Sub form of a service or of one of its revisions, for the ids of topics and subscriptions:
 * `my-org.my-service`, `my-org.my-service.1-2-9`. `/` and `:` become `.`, and the dots of the tag become `-`.
 *
 * The form cannot be turned back into a SRUID: the tags `1.2.9` and `1-2-9` have the same form.
 *
 * A Pub/Sub id must begin with a letter and must not begin with `goog`. A namespace may begin with a digit or with
 * `goog`. This function does not check it, because the form is often only the end of an id
 * (`octue.services.my-org.my-service.1-2-9`). Put a prefix in front of the form if your namespaces need one.
 *
 * @param reference A service, `namespace/name`, or a SRUID, `namespace/name:revision_tag`.
 * @throws RegistryError `invalid_argument`, with the reasons of `parseSruid`, or with `INVALID_SRUID` if the form has
 *   more than 255 characters.
 * @example
 * formatPubSubId('my-org/my-service:1.2.9') // 'my-org.my-service.1-2-9'
 * formatPubSubId('my-org/my-service') // 'my-org.my-service'
 */
export function formatPubSubId(reference: string): string {
  const { service, revisionTag } = parseServiceReference(reference)
  const id = join(service, revisionTag)
  if (id.length <= MAX_LENGTH) return id
  throw fieldError(
    'INVALID_SRUID',
    'sruid',
    `sruid ${quote(reference)} has a Pub/Sub form of ${id.length} characters; ` +
      `use shorter names, for at most ${MAX_LENGTH}.`,
  )
}

/** The topic that the Octue SDK uses for a revision. Null: its name would be too long for Pub/Sub. */
export function octueTopic(sruid: Sruid): string | null {
  const id = `octue.services.${join(sruid, sruid.revisionTag)}`
  return id.length <= MAX_LENGTH ? id : null
}

function join({ namespace, name }: ServiceId, revisionTag: RevisionTag | undefined): string {
  return [namespace, name, ...(revisionTag ? [revisionTag.replaceAll('.', '-')] : [])].join('.')
}
