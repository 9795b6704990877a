import type { DefaultRule, Head } from '../domain/head.ts'
import type { Revision } from '../domain/log.ts'
import { noInfo, type RevisionInfo } from '../domain/revision-info.ts'
import type { RevisionState } from '../domain/revision-state.ts'
import type { ServiceId } from '../domain/sruid.ts'

/** The line of a revision, without its end. The inverse of `parseRecord`. */
export function formatRevision(revision: Revision, isDefault: boolean): string {
  const { namespace, name, revisionTag, requestedDefault, registeredAt, registeredBy, info, registeredInfo } = revision
  return JSON.stringify({
    kind: 'revision',
    namespace,
    name,
    revision_tag: revisionTag,
    is_default: isDefault,
    requested_default: requestedDefault,
    register_time: toTime(registeredAt),
    registered_by: registeredBy,
    ...fromInfo(info),
    ...(registeredInfo && { registered: fromInfo(registeredInfo) }),
    ...fromState(revision.state),
  })
}

/** The line of what a service has beside its revisions. The inverse of `parseRecord`. */
export function formatService({ namespace, name }: ServiceId, head: Head): string {
  const { defaultTag, defaultRule, aliases } = head
  return JSON.stringify({
    kind: 'service',
    namespace,
    name,
    default_revision_tag: defaultTag,
    ...(defaultRule !== null && { default_rule: fromRule(defaultRule) }),
    aliases: aliases.map(({ name: alias, tag, follows }) => ({
      alias,
      ...(tag !== null && { revision_tag: tag }),
      ...(follows && { follows: follows.range, include_prerelease: follows.includePrerelease }),
    })),
  })
}

function fromInfo({ labels, endpoints, description, source }: RevisionInfo) {
  const { repository, commit, imageDigest } = source
  return {
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(endpoints.length > 0 && {
      endpoints: endpoints.map(({ metadata, ...rest }) => ({
        ...rest,
        ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }),
      })),
    }),
    ...(description !== '' && { description }),
    ...(JSON.stringify(source) !== JSON.stringify(noInfo.source) && {
      source: {
        ...(repository !== '' && { repository }),
        ...(commit !== '' && { commit }),
        ...(imageDigest !== '' && { image_digest: imageDigest }),
      },
    }),
  }
}

function fromState(state: RevisionState) {
  switch (state.kind) {
    case 'active':
      return {}
    case 'deprecated': {
      const { message, replacement } = state
      return { state: 'DEPRECATED', deprecation: { message, ...(replacement !== null && { replacement }) } }
    }
    case 'yanked':
      return { state: 'YANKED', yank: { reason: state.reason } }
    case 'deleted':
      return { state: 'DELETED' }
  }
}

function fromRule({ by, policy, reason, actor, time }: DefaultRule) {
  return { by, ...(policy !== null && { policy }), ...(reason !== '' && { reason }), actor, time: toTime(time) }
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
