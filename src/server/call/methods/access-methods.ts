import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { whoAmI } from '../../../registry/access/who-am-i.ts'
import type { RegistryDeps } from '../../../registry/core/registry-deps.ts'
import { issueCallToken } from '../../../registry/tokens/issue-call-token.ts'
import { toPermissionQuery } from '../decode/access.ts'
import { toCallTokenQuery } from '../decode/call-tokens.ts'
import { fromWhoAmI } from '../encode/access.ts'
import { fromRevision } from '../encode/revision.ts'
import { defineMethod } from '../method.ts'

const { method } = ServiceRegistry

/** The methods about callers, and about tokens to call revisions. */
export const accessMethods = {
  issueCallToken: defineMethod({
    method: method.issueCallToken,
    permission: 'call',
    resource: ({ service }) => service,
    decode: toCallTokenQuery,
    run: (deps: RegistryDeps, query, context) => {
      // Nobody except the caller may keep the token (RFC 6749, section 5.1).
      context.exchange?.setHeader('cache-control', 'no-store')
      return issueCallToken(deps, query, context)
    },
    encode: ({ revision, accessToken, expiresInS }) => ({
      revision: fromRevision(revision),
      accessToken,
      tokenType: 'Bearer',
      expiresIn: expiresInS,
    }),
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
