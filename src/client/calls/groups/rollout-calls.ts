import type { Rollout } from '../../../../gen/waypost/v1/rollout_pb.ts'
import type { EndRolloutResponse } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import type {
  CandidateOptions,
  EndRolloutOptions,
  EndRolloutResult,
  GetRolloutOptions,
  GetRolloutResult,
  RolloutOptions,
  Rollouts,
  ServiceRollout,
  SetRolloutResult,
} from '../../api/rollouts.ts'
import { type Caller, parseService } from '../caller.ts'
import { check } from '../checks/call-checks.ts'
import type { Named } from '../errors.ts'
import { dates, required, toEffect, toServiceSummary, withoutEmpty } from '../from-message.ts'
import { atFields, reasonFields } from '../to-message.ts'

/** The calls about rollouts. */
export class RolloutCalls implements Rollouts {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async set(
    service: string,
    candidates: readonly CandidateOptions[],
    options: RolloutOptions = {},
  ): Promise<SetRolloutResult> {
    check.candidates(candidates)
    check.rolloutOptions(options)
    const parsed = parseService(service)
    const { salt = '', ...change } = options
    const request = { ...parsed, candidates: candidates.map(toCandidate), salt, ...reasonFields(change) }
    return this.#caller.change(
      parsed,
      options,
      (rpc, to) => rpc.setRollout(request, to),
      (response, registry) => ({
        rollout: toRollout(response, registry),
        ...toMoves(response, registry),
        serviceEtag: response.serviceEtag,
      }),
    )
  }

  async get(service: string, options: GetRolloutOptions = {}): Promise<GetRolloutResult> {
    check.readAliasOptions(options)
    const request = { ...parseService(service), ...atFields(options.at) }
    return this.#caller.ask(
      options,
      (rpc, to) => rpc.getRollout(request, to),
      (response, registry) => {
        const { serviceEtag, generation } = response
        return { rollout: toRollout(response, registry), serviceEtag, generation: Number(generation) }
      },
    )
  }

  async end(service: string, options: EndRolloutOptions = {}): Promise<EndRolloutResult> {
    check.endRolloutOptions(options)
    const parsed = parseService(service)
    const { promote = '', ...change } = options
    const request = { ...parsed, promote, ...reasonFields(change) }
    return this.#caller.change(parsed, options, (rpc, to) => rpc.endRollout(request, to), toServiceChange)
  }
}

/** The service after a change of its choices, and the effect of the change. */
export function toServiceChange(
  response: Pick<EndRolloutResponse, 'service' | 'moved' | 'effect'>,
  registry: Named,
): EndRolloutResult {
  return {
    service: toServiceSummary(required(response.service, 'service', registry)),
    ...toMoves(response, registry),
  }
}

// A candidate of an answer has more properties, which the registry decides.
function toCandidate({ revisionTag, weight = 0, pinnedKeys = [] }: CandidateOptions) {
  return { revisionTag, weight, pinnedKeys: [...pinnedKeys] }
}

function toMoves({ moved = 0, effect }: Pick<EndRolloutResponse, 'moved' | 'effect'>, registry: Named) {
  return { moved, effect: toEffect(required(effect, 'effect', registry)) }
}

function toRollout({ rollout }: { readonly rollout?: Rollout | undefined }, registry: Named): ServiceRollout {
  const { candidates, salt, algorithm, reason, startTime, updateTime } = required(rollout, 'rollout', registry)
  return {
    candidates: candidates.map(({ revisionTag, weight = 0, pinnedKeys, buckets, held }) => ({
      ...{ revisionTag, weight, pinnedKeys: [...pinnedKeys] },
      ...{ buckets: buckets.map(({ from = 0, to = 0 }) => ({ from, to })), held },
    })),
    ...{ salt, algorithm },
    ...withoutEmpty({ reason }),
    ...dates({ startTime, updateTime }),
  }
}
