import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { listChanges } from '../../../registry/history/list-changes.ts'
import { revert } from '../../../registry/history/revert.ts'
import { inTurns } from '../../../turns.ts'
import { toListChangesQuery, toRevertCommand } from '../decode/history.ts'
import { fromEffect } from '../encode/effect.ts'
import { fromChange } from '../encode/history.ts'
import { fromService } from '../encode/service.ts'
import { defineMethod } from '../method.ts'

const { method } = ServiceRegistry

/** The methods about the history of a service. */
export const historyMethods = {
  listChanges: defineMethod({
    method: method.listChanges,
    permission: 'read',
    resource: ({ service }) => service,
    decode: toListChangesQuery,
    hasPages: true,
    run: listChanges,
    encode: async ({ items, nextPageToken }) => ({ changes: await inTurns(items, fromChange), nextPageToken }),
  }),
  revert: defineMethod({
    method: method.revert,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toRevertCommand,
    run: revert,
    encode: ({ service, effect, generation }) => ({
      service: fromService(service),
      moved: effect.moved,
      effect: fromEffect(effect),
      generation: BigInt(generation),
    }),
  }),
}
