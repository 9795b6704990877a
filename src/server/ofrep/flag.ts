import { quote, RegistryError } from '../../domain/errors.ts'
import { anyLabels } from '../../domain/labels/label-selector.ts'
import { BUCKETS, type Rollout } from '../../domain/rollout/rollout.ts'
import type { TargetingKey } from '../../domain/rollout/targeting-key.ts'
import { parseServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { GetQuery } from '../../registry/revisions/get-query.ts'
import type { Found } from '../../registry/revisions/get-revision.ts'
import { theDefault } from '../../store/store.ts'

/** Why a flag has its value: one of the reasons of OpenFeature. */
type FlagReason = 'STATIC' | 'SPLIT' | 'TARGETING_MATCH'

/** The value of a flag, in the form of OFREP. */
export interface Evaluation {
  readonly key: string
  /** The tag of the revision. */
  readonly value: string
  readonly variant: string
  readonly reason: FlagReason
  readonly metadata: Readonly<Record<string, string | number | boolean>>
}

/** The service of a flag. Throws `SERVICE_NOT_FOUND` if its key is not `namespace/name`, because no service has it. */
export function parseFlagKey(key: string): ServiceId {
  const [namespace = '', name = '', ...others] = key.split('/')
  try {
    if (others.length === 0) return parseServiceId(namespace, name)
  } catch {
    // Both errors get the same text.
  }
  const message = `the flag ${quote(key)} does not exist; use the key namespace/name of a service, such as "my-org/my-service".`
  throw new RegistryError({ reason: 'SERVICE_NOT_FOUND', message, metadata: { service_exists: false } })
}

/** The lookup that finds the value of a flag. */
export function toFlagQuery(key: string, targetingKey: TargetingKey | null): GetQuery {
  return { service: parseFlagKey(key), selector: theDefault, labels: anyLabels, targetingKey, at: null, explain: false }
}

/** The value of a flag from the revision that was found. */
export function toEvaluation(key: string, query: GetQuery, found: Found): Evaluation {
  const { snapshot, revision } = found
  const tag: string = revision.revisionTag
  return {
    key,
    value: tag,
    reason: toReason(query, found),
    variant: tag,
    metadata: {
      namespace: query.service.namespace,
      name: query.service.name,
      is_default: tag === snapshot.head.defaultTag,
      generation: snapshot.generation,
    },
  }
}

function toReason({ targetingKey }: GetQuery, { snapshot, chosenBy }: Found): FlagReason {
  if (chosenBy === 'pinned') return 'TARGETING_MATCH'
  if (chosenBy === 'bucket') return 'SPLIT'
  if (chosenBy === 'everybody' || targetingKey === null) return 'STATIC'
  // The caller has the default because of its bucket.
  return isSplit(snapshot.head.rollout) ? 'SPLIT' : 'STATIC'
}

function isSplit(rollout: Rollout | null): boolean {
  return rollout?.candidates.some(({ weight, isHeld }) => !isHeld && weight > 0 && weight < BUCKETS) === true
}
