import type { Identity } from '../domain/access/identity.ts'
import type { CallTokenOrder } from '../registry/tokens/call-token-issuer.ts'
import type { CallTokenCaller, CallTokenRequest } from './call-token-module.ts'
import { toSubject } from './caller-subject.ts'

/** Makes the request to a module. */
export function toModuleRequest({ revision, caller, ...order }: CallTokenOrder): CallTokenRequest {
  const { namespace, name, revisionTag, info } = revision
  return {
    ...{ namespace, name, revisionTag, generation: order.generation },
    endpoints: info.endpoints.map(({ protocol, uri, metadata }) => {
      return { protocol, uri, metadata: Object.fromEntries(metadata) }
    }),
    labels: Object.fromEntries(info.labels),
    audience: order.audience,
    caller: toModuleCaller(caller),
    lifetimeSeconds: order.lifetimeS,
  }
}

function toModuleCaller(caller: Identity): CallTokenCaller {
  const { name, issuer = '', subject = '' } = caller.principal
  return { name, issuer, subject, id: toSubject(caller) }
}
