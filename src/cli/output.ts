import type { ServiceRevision } from '../client/index.ts'

/** The line that a command prints for a revision: its SRUID and whether it is the default, or JSON with the API's keys. */
export function formatRevision({ namespace, name, revisionTag, isDefault }: ServiceRevision, asJson = false): string {
  if (asJson) return JSON.stringify({ namespace, name, revision_tag: revisionTag, is_default: isDefault })
  return `${namespace}/${name}:${revisionTag}${isDefault ? ' (default)' : ''}`
}
