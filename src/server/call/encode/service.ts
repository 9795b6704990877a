import { create } from '@bufbuild/protobuf'
import { type Alias, AliasSchema, type Service, ServiceSchema } from '../../../../gen/waypost/v1/service_pb.ts'
import type { Alias as StoredAlias } from '../../../domain/alias.ts'
import type { ServiceView } from '../../../registry/core/views.ts'

/** The message of a service. */
export function fromService({ service, head }: ServiceView): Service {
  const { defaultTag, highestSemver, highestRelease, revisionCount, etag } = head
  return create(ServiceSchema, {
    ...{ namespace: service.namespace, name: service.name, revisionCount, etag },
    defaultRevisionTag: defaultTag ?? '',
    highestVersion: highestSemver ?? '',
    highestRelease: highestRelease ?? '',
  })
}

/** The message of an alias. */
export function fromAlias({ name, tag, follows, etag }: StoredAlias): Alias {
  return create(AliasSchema, {
    ...{ alias: name, revisionTag: tag ?? '', etag },
    ...(follows && { follows: follows.range, includePrerelease: follows.includePrerelease }),
  })
}
