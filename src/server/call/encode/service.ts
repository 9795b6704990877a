import { create } from '@bufbuild/protobuf'
import { type Alias, AliasSchema, type Service, ServiceSchema } from '../../../../gen/waypost/v1/service_pb.ts'
import type { AliasView } from '../../../registry/aliases/set-alias.ts'
import type { ServiceView } from '../../../registry/core/views.ts'
import { fromEffect } from './effect.ts'

/** The message of a service. */
export function fromService({ service, head, effect }: ServiceView): Service {
  const { defaultTag, highestSemver, highestRelease, revisionCount, etag } = head
  return create(ServiceSchema, {
    ...{ namespace: service.namespace, name: service.name, revisionCount, etag },
    defaultRevisionTag: defaultTag ?? '',
    highestVersion: highestSemver ?? '',
    highestRelease: highestRelease ?? '',
    ...(effect && { effect: fromEffect(effect) }),
  })
}

/** The message of an alias. */
export function fromAlias({ name, tag, follows, etag, effect }: AliasView): Alias {
  return create(AliasSchema, {
    ...{ alias: name, revisionTag: tag ?? '', etag },
    ...(follows && { follows: follows.range, includePrerelease: follows.includePrerelease }),
    ...(effect && { effect: fromEffect(effect) }),
  })
}
