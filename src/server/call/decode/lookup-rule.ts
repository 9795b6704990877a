import type { GetRequest } from '../../../../gen/waypost/v1/service_registry_pb.ts'

/** The rule by which a lookup chooses its revision, for the metrics. The request is valid, so it has at most one selector. */
export function toRule({ revisionTag, versionRange, alias }: GetRequest): string {
  if (revisionTag !== '') return 'revision-tag'
  if (versionRange !== '') return 'version-range'
  return alias === '' ? 'default' : 'alias'
}
