import type { DescEnum } from '@bufbuild/protobuf'
import { timestampDate } from '@bufbuild/protobuf/wkt'
import {
  type Explanation,
  Explanation_RuleSchema,
  type Revision,
  Revision_StateSchema,
  type Source,
} from '../../../gen/waypost/v1/revision_pb.ts'
import type { Alias, Service } from '../../../gen/waypost/v1/service_pb.ts'
import type { TestPolicyResponse } from '../../../gen/waypost/v1/service_registry_pb.ts'
import type {
  PolicyDecision,
  RevisionExplanation,
  RevisionSource,
  RevisionState,
  ServiceAlias,
  ServiceRevision,
  ServiceSummary,
} from '../api/answers.ts'
import { type Named, unexpectedAnswer } from './errors.ts'
import { fromInformationFields } from './information.ts'

// Turns messages into the answers that callers get. A part that is empty in a message is left out.

/** Returns a part of an answer that every registry sends. Throws if it is absent. */
export function required<T>(part: T | undefined, what: string, registry: Named): T {
  if (part !== undefined) return part
  throw unexpectedAnswer('internal', registry, `it has no ${what}`)
}

/** The revision of an answer. */
export function toRevision({ revision }: { readonly revision?: Revision | undefined }, registry: Named) {
  return toServiceRevision(required(revision, 'revision', registry))
}

export function toServiceRevision(revision: Revision): ServiceRevision {
  const { namespace, name, revisionTag, isDefault = false, explanation, deprecation, yank, registerTime } = revision
  const { source, state, registeredBy, etag, serviceEtag, pubSubTopic } = revision
  return {
    ...{ namespace, name, revisionTag, isDefault },
    ...fromInformationFields(revision),
    ...(source && { source: toSource(source) }),
    ...(state !== 0 && { state: nameOf(Revision_StateSchema, state) as RevisionState }),
    ...(deprecation && {
      deprecation: { message: deprecation.message, ...withoutEmpty({ replacement: deprecation.replacement }) },
    }),
    ...(yank && { yank: { reason: yank.reason } }),
    ...(explanation && { explanation: toExplanation(explanation) }),
    ...(registerTime && { registerTime: timestampDate(registerTime) }),
    ...withoutEmpty({ registeredBy, etag, serviceEtag, pubSubTopic }),
  }
}

export function toServiceSummary(service: Service): ServiceSummary {
  const { namespace, name, defaultRevisionTag, highestVersion, highestRelease, revisionCount = 0, etag } = service
  return {
    ...{ namespace, name },
    ...withoutEmpty({ defaultRevisionTag, highestVersion, highestRelease }),
    ...{ revisionCount, etag },
  }
}

export function toServiceAlias({ alias, revisionTag, follows, includePrerelease, etag }: Alias): ServiceAlias {
  return { alias, ...withoutEmpty({ revisionTag, follows }), includePrerelease, etag }
}

export function toPolicyDecision(response: TestPolicyResponse): PolicyDecision {
  const { policy, becomesDefault = false, currentDefault, highestVersion, highestRelease } = response
  return { policy, becomesDefault, ...withoutEmpty({ currentDefault, highestVersion, highestRelease }) }
}

function toSource({ repository, commit, imageDigest }: Source): RevisionSource {
  return withoutEmpty({ repository, commit, imageDigest })
}

function toExplanation({ rule, description, rejected }: Explanation): RevisionExplanation {
  return {
    rule: nameOf(Explanation_RuleSchema, rule),
    description,
    rejected: rejected.map(({ revisionTag, reason }) => ({ revisionTag, reason })),
  }
}

/** The name of a value of an enumeration. A newer registry may send a number that this client does not know: its text. */
export function nameOf(schema: DescEnum, number: number): string {
  return schema.value[number]?.name ?? String(number)
}

/** The texts that are not empty. */
export function withoutEmpty<T extends Record<string, string>>(texts: T): Partial<T> {
  const given: Partial<T> = {}
  for (const name in texts) if (texts[name] !== '') given[name] = texts[name]
  return given
}
