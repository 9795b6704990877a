import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  type Endpoint,
  EndpointSchema,
  type Revision,
  Revision_State,
  Revision_View,
  RevisionSchema,
} from '../../../../gen/waypost/v1/revision_pb.ts'
import { active, type Deprecation, type Lifecycle, type RevisionState, stateOf } from '../../../domain/lifecycle.ts'
import { octueTopic } from '../../../domain/pub-sub-id.ts'
import {
  noInfo,
  type RevisionInfo,
  type Source,
  type Endpoint as StoredEndpoint,
} from '../../../domain/revision-info.ts'
import type { RevisionView } from '../../../registry/core/views.ts'
import type { Explanation } from '../../../registry/revisions/explain.ts'
import { fromEffect } from './effect.ts'
import { fromExplanation } from './explanation.ts'

interface RevisionOptions {
  readonly view?: Revision_View
  readonly explanation?: Explanation | null
  /** Whether the request asks for an earlier state, so that its generation is part of the answer. Default: false. */
  readonly isPast?: boolean
}

/** The message of a revision. A field without a value is not in the JSON. */
export function fromRevision(view: RevisionView, options: RevisionOptions = {}): Revision {
  const { explanation, view: wanted, isPast } = options
  const { namespace, name, revisionTag, isDefault, info, lifecycle } = view
  return create(RevisionSchema, {
    namespace,
    name,
    revisionTag,
    isDefault,
    // Most revisions have none of these, and spreading empty objects would cost time in every Get.
    ...(info !== noInfo && fromInfo(info)),
    ...(lifecycle !== active && fromLifecycle(lifecycle)),
    ...(view.effect && { effect: fromEffect(view.effect) }),
    ...(view.isHeldByRollout && { heldByRollout: true }),
    ...(explanation && { explanation: fromExplanation(explanation) }),
    ...(isPast && { generation: BigInt(view.generation) }),
    ...(wanted === Revision_View.FULL && fullFields(view)),
  })
}

function fromInfo({ labels, endpoints, source, ...texts }: RevisionInfo) {
  return {
    labels: Object.fromEntries(labels),
    endpoints: endpoints.map(fromEndpoint),
    ...texts,
    ...(isGiven(source) && { source }),
  }
}

function fullFields(view: RevisionView) {
  const { registeredAt, registeredBy, etag, serviceEtag, generation, serviceHash, lifecycle } = view
  return {
    state: states[stateOf(lifecycle)],
    registerTime: timestampFromMs(registeredAt),
    ...{ registeredBy, etag, serviceEtag, generation: BigInt(generation), serviceHash: serviceHash ?? '' },
    pubSubTopic: octueTopic(view) ?? '',
  }
}

function fromEndpoint({ protocol, uri, metadata }: StoredEndpoint): Endpoint {
  return create(EndpointSchema, { protocol, uri, metadata: Object.fromEntries(metadata) })
}

function isGiven(source: Source): boolean {
  return Object.values(source).some((part) => part !== '')
}

function fromLifecycle(lifecycle: Lifecycle) {
  const { yank, deprecation } = lifecycle
  const state = stateOf(lifecycle)
  return {
    ...(state !== 'active' && { state: states[state] }),
    ...(yank && { yank: { reason: yank.reason } }),
    ...(deprecation && { deprecation: fromDeprecation(deprecation) }),
  }
}

function fromDeprecation({ message, replacement }: Deprecation) {
  return { message, replacement: replacement ?? '' }
}

const states: Readonly<Record<RevisionState, Revision_State>> = {
  active: Revision_State.ACTIVE,
  deprecated: Revision_State.DEPRECATED,
  yanked: Revision_State.YANKED,
  deleted: Revision_State.STATE_UNSPECIFIED,
}
