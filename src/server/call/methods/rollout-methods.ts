import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { endRollout } from '../../../registry/rollouts/end-rollout.ts'
import { getRollout } from '../../../registry/rollouts/get-rollout.ts'
import { setRollout } from '../../../registry/rollouts/set-rollout.ts'
import { toEndRolloutCommand, toRolloutQuery, toSetRolloutCommand } from '../decode/rollouts.ts'
import { fromEffect } from '../encode/effect.ts'
import { fromRollout } from '../encode/rollout.ts'
import { fromService } from '../encode/service.ts'
import { defineMethod } from '../method.ts'

const { method } = ServiceRegistry

/** The methods about rollouts. */
export const rolloutMethods = {
  setRollout: defineMethod({
    method: method.setRollout,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toSetRolloutCommand,
    run: setRollout,
    encode: ({ rollout, serviceEtag, effect }) => ({
      rollout: fromRollout(rollout),
      moved: effect.moved,
      effect: fromEffect(effect),
      serviceEtag,
    }),
  }),
  getRollout: defineMethod({
    method: method.getRollout,
    permission: 'read',
    resource: ({ service }) => service,
    decode: toRolloutQuery,
    run: getRollout,
    encode: ({ rollout, serviceEtag, generation }) => ({
      rollout: fromRollout(rollout),
      serviceEtag,
      generation: BigInt(generation),
    }),
  }),
  endRollout: defineMethod({
    method: method.endRollout,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toEndRolloutCommand,
    run: endRollout,
    encode: ({ service, effect }) => ({
      service: fromService(service),
      moved: effect.moved,
      effect: fromEffect(effect),
    }),
  }),
}
