import { fieldError } from './errors.ts'
import type { RevisionTag } from './revision-tag.ts'
import { parseServiceReference, type ServiceId, type Sruid } from './sruid.ts'

/** The longest id of a topic or a subscription (https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names). */
const MAX_LENGTH = 255

/**
 * The Google Pub/Sub form of a service or of one of its revisions, for the ids of topics and subscriptions:
 * `my-org.my-service`, `my-org.my-service.1-2-9`. `/` and `:` become `.`, and the dots of the tag become `-`.
 *
 * There is no way back: the tags `1.2.9` and `1-2-9` have the same form.
 *
 * An id of Pub/Sub also has to begin with a letter and not with `goog`, which a service need not. The form is given all
 * the same, since it is often only the end of an id (`octue.services.my-org.my-service.1-2-9`): put something in front
 * of it where your namespaces need that. A form that is longer than an id can be helps nobody, and is refused.
 *
 * @param reference A service, `namespace/name`, or a SRUID, `namespace/name:revision_tag`.
 * @throws RegistryError `invalid_argument`: with the reasons of `parseSruid`, or `INVALID_SRUID` where the form has more
 *   than 255 characters.
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
    `The Pub/Sub form has ${id.length} characters: it must have at most ${MAX_LENGTH}.`,
  )
}

/** The topic of a revision as the Octue SDK names it; null where that is longer than an id can be. */
export function octueTopic(sruid: Sruid): string | null {
  const id = `octue.services.${join(sruid, sruid.revisionTag)}`
  return id.length <= MAX_LENGTH ? id : null
}

function join({ namespace, name }: ServiceId, revisionTag: RevisionTag | undefined): string {
  return [namespace, name, ...(revisionTag ? [revisionTag.replaceAll('.', '-')] : [])].join('.')
}
