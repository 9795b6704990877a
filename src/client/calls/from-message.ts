import type { DescEnum } from '@bufbuild/protobuf'
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'
import type { Effect } from '../../../gen/waypost/v1/effect_pb.ts'
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
import type { ChangeEffect } from '../api/effect.ts'
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
  const { source, state, registeredBy, etag, serviceEtag, pubSubTopic, serviceHash } = revision
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
    ...effectOf(revision),
    ...(revision.heldByRollout && { heldByRollout: true }),
    ...dates({ registerTime }),
    ...withoutEmpty({ registeredBy, etag, serviceEtag, pubSubTopic }),
    ...generationOf(revision),
    ...withoutEmpty({ serviceHash }),
  }
}

export function toServiceSummary(service: Service): ServiceSummary {
  const { namespace, name, defaultRevisionTag, highestVersion, highestRelease, revisionCount = 0, etag } = service
  return {
    ...{ namespace, name },
    ...withoutEmpty({ defaultRevisionTag, highestVersion, highestRelease }),
    ...{ revisionCount, etag },
    ...effectOf(service),
  }
}

export function toServiceAlias(message: Alias): ServiceAlias {
  const { alias, revisionTag, follows, includePrerelease, etag } = message
  return {
    alias,
    ...withoutEmpty({ revisionTag, follows }),
    includePrerelease,
    etag,
    ...generationOf(message),
    ...effectOf(message),
  }
}

export function toPolicyDecision(response: TestPolicyResponse): PolicyDecision {
  const { policy, becomesDefault = false, currentDefault, highestVersion, highestRelease, recentTags } = response
  return {
    ...{ policy, becomesDefault },
    ...withoutEmpty({ currentDefault, highestVersion, highestRelease }),
    ...(recentTags.length > 0 && { recentTags: [...recentTags] }),
  }
}

/** The effect of a change. */
export function toEffect({ defaultRevision, aliases, moved = 0, warnings }: Effect): ChangeEffect {
  return {
    ...(defaultRevision && { defaultRevision: toMove(defaultRevision) }),
    aliases: aliases.map(({ alias, ...move }) => ({ alias, ...toMove(move) })),
    moved,
    warnings: [...warnings],
  }
}

function toMove({ before, after }: { readonly before: string; readonly after: string }) {
  return withoutEmpty({ before, after })
}

/** The property with the effect of a change, if its answer has one. */
export function effectOf({ effect }: { readonly effect?: Effect | undefined }): { readonly effect?: ChangeEffect } {
  return effect ? { effect: toEffect(effect) } : {}
}

/** The property with the generation of an answer, if it has one. A generation is far below 2^53. */
export function generationOf({ generation }: { readonly generation: bigint }): { readonly generation?: number } {
  return generation === 0n ? {} : { generation: Number(generation) }
}

/** The times that an answer has. */
export function dates<T extends string>(times: Readonly<Record<T, Timestamp | undefined>>): { [K in T]?: Date } {
  const given: { [K in T]?: Date } = {}
  for (const name in times) if (times[name]) given[name] = timestampDate(times[name])
  return given
}

function toSource({ repository, commit, imageDigest }: Source): RevisionSource {
  return withoutEmpty({ repository, commit, imageDigest })
}

function toExplanation(explanation: Explanation): RevisionExplanation {
  const { rule, description, rejected, serviceHash } = explanation
  return {
    rule: nameOf(Explanation_RuleSchema, rule),
    description,
    rejected: rejected.map(({ revisionTag, reason }) => ({ revisionTag, reason })),
    ...generationOf(explanation),
    ...withoutEmpty({ serviceHash }),
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
