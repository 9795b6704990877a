import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  type Endpoint,
  EndpointSchema,
  Explanation_Rule,
  type Explanation as ExplanationMessage,
  ExplanationSchema,
  type Revision,
  Revision_State,
  Revision_View,
  RevisionSchema,
} from '../../../gen/waypost/v1/revision_pb.ts'
import { type Alias, AliasSchema, type Service, ServiceSchema } from '../../../gen/waypost/v1/service_pb.ts'
import type { Alias as StoredAlias } from '../../domain/alias.ts'
import { octueTopic } from '../../domain/pub-sub-id.ts'
import { noInfo, type RevisionInfo, type Source, type Endpoint as StoredEndpoint } from '../../domain/revision-info.ts'
import type { RevisionState } from '../../domain/revision-state.ts'
import type { RevisionView } from '../../registry/core/registry-deps.ts'
import type { ServiceView } from '../../registry/core/service-view.ts'
import type { Explanation, Rule } from '../../registry/revisions/explain.ts'

// From what the use cases answer to messages. A field that is left out is not in the JSON.

interface RevisionOptions {
  readonly view?: Revision_View
  readonly explanation?: Explanation | null
}

export function fromRevision(view: RevisionView, { explanation, view: wanted }: RevisionOptions = {}): Revision {
  const { namespace, name, revisionTag, isDefault, info, state } = view
  return create(RevisionSchema, {
    namespace,
    name,
    revisionTag,
    isDefault,
    // Most revisions have nothing of these, and are got most often.
    ...(info !== noInfo && fromInfo(info)),
    ...(state.kind !== 'active' && fromState(state)),
    ...(explanation && { explanation: fromExplanation(explanation) }),
    ...(wanted === Revision_View.FULL && fullFields(view)),
  })
}

function fromInfo({ labels, endpoints, description, source }: RevisionInfo) {
  return {
    labels: Object.fromEntries(labels),
    endpoints: endpoints.map(fromEndpoint),
    description,
    ...(isGiven(source) && { source }),
  }
}

function fullFields(view: RevisionView) {
  const { registeredAt, registeredBy, etag, serviceEtag, state } = view
  return {
    state: states[state.kind],
    registerTime: timestampFromMs(registeredAt),
    ...{ registeredBy, etag, serviceEtag },
    pubSubTopic: octueTopic(view) ?? '',
  }
}

function fromEndpoint({ protocol, uri, metadata }: StoredEndpoint): Endpoint {
  return create(EndpointSchema, { protocol, uri, metadata: Object.fromEntries(metadata) })
}

function isGiven(source: Source): boolean {
  return Object.values(source).some((part) => part !== '')
}

function fromState(state: RevisionState) {
  switch (state.kind) {
    case 'deprecated': {
      const { message, replacement } = state
      return { state: Revision_State.DEPRECATED, deprecation: { message, replacement: replacement ?? '' } }
    }
    case 'yanked':
      return { state: Revision_State.YANKED, yank: { reason: state.reason } }
    default:
      return {}
  }
}

const states: Readonly<Record<RevisionState['kind'], Revision_State>> = {
  active: Revision_State.ACTIVE,
  deprecated: Revision_State.DEPRECATED,
  yanked: Revision_State.YANKED,
  deleted: Revision_State.STATE_UNSPECIFIED,
}

function fromExplanation({ rule, description, rejected }: Explanation): ExplanationMessage {
  return create(ExplanationSchema, { rule: rules[rule], description, rejected: rejected.map((each) => ({ ...each })) })
}

const rules: Readonly<Record<Rule, Explanation_Rule>> = {
  'default-by-policy': Explanation_Rule.DEFAULT_BY_POLICY,
  'default-by-registration': Explanation_Rule.DEFAULT_BY_REGISTRATION,
  'default-by-hand': Explanation_Rule.DEFAULT_BY_HAND,
  'default-after-yank': Explanation_Rule.DEFAULT_AFTER_YANK,
  'default-before-rules': Explanation_Rule.DEFAULT_BEFORE_RULES,
  'revision-tag': Explanation_Rule.REVISION_TAG,
  'version-range': Explanation_Rule.VERSION_RANGE,
  'alias-fixed': Explanation_Rule.ALIAS_FIXED,
  'alias-follows': Explanation_Rule.ALIAS_FOLLOWS,
}

export function fromService({ service, head }: ServiceView): Service {
  const { defaultTag, highestSemver, highestRelease, revisionCount, etag } = head
  return create(ServiceSchema, {
    ...{ namespace: service.namespace, name: service.name, revisionCount, etag },
    defaultRevisionTag: defaultTag ?? '',
    highestVersion: highestSemver ?? '',
    highestRelease: highestRelease ?? '',
  })
}

export function fromAlias({ name, tag, follows, etag }: StoredAlias): Alias {
  return create(AliasSchema, {
    ...{ alias: name, revisionTag: tag ?? '', etag },
    ...(follows && { follows: follows.range, includePrerelease: follows.includePrerelease }),
  })
}
