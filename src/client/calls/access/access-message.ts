import { type Caller, Caller_KindSchema } from '../../../../gen/waypost/v1/access_pb.ts'
import type { WhoAmIResponse } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import type { CallerIdentity, WhoAmIResult } from '../../api/access.ts'
import type { Named } from '../errors.ts'
import { nameOf, required, withoutEmpty } from '../from-message.ts'

/** The answer about a caller. */
export function toWhoAmIResult({ caller, grants, check }: WhoAmIResponse, registry: Named): WhoAmIResult {
  return {
    caller: toIdentity(required(caller, 'caller', registry)),
    grants: grants.map(({ permissions, on }) => ({ permissions: [...permissions], on: [...on] })),
    ...(check && {
      check: { allowed: check.allowed ?? false, ...withoutEmpty({ explanation: check.explanation }) },
    }),
  }
}

function toIdentity({ name, kind, issuer, subject, claims }: Caller): CallerIdentity {
  return { name, kind: nameOf(Caller_KindSchema, kind), ...withoutEmpty({ issuer, subject }), claims: { ...claims } }
}
