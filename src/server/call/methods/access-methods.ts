import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../../../domain/errors.ts'
import { whoAmI } from '../../../registry/access/who-am-i.ts'
import { toPermissionQuery } from '../decode/access.ts'
import { toServiceId } from '../decode/common.ts'
import { fromWhoAmI } from '../encode/access.ts'
import { defineMethod } from '../method.ts'

const { method } = ServiceRegistry

/** The methods about callers, and about tokens to call revisions. */
export const accessMethods = {
  issueCallToken: defineMethod({
    method: method.issueCallToken,
    permission: 'call',
    resource: (service) => service,
    decode: toServiceId,
    run: async () => {
      const message = 'this server issues no tokens to call revisions; start it with --call-tokens.'
      throw new RegistryError({ reason: 'CALL_TOKENS_OFF', message })
    },
    encode: () => ({}),
  }),
  whoAmI: defineMethod({
    method: method.whoAmI,
    permission: null,
    resource: () => null,
    decode: toPermissionQuery,
    run: (_deps, query, caller) => whoAmI(query, caller),
    encode: fromWhoAmI,
  }),
}
