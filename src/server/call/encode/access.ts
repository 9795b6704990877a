import type { MessageInitShape } from '@bufbuild/protobuf'
import { Caller_Kind } from '../../../../gen/waypost/v1/access_pb.ts'
import type { WhoAmIResponseSchema } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import type { Identity } from '../../../domain/access/identity.ts'
import type { Self } from '../../../registry/access/who-am-i.ts'

const kinds: Readonly<Record<Identity['kind'], Caller_Kind>> = {
  anonymous: Caller_Kind.ANONYMOUS,
  oidc: Caller_Kind.OIDC,
  token: Caller_Kind.STATIC_TOKEN,
  certificate: Caller_Kind.CERTIFICATE,
}

/** The fields of the answer to a caller that asks who it is. */
export function fromWhoAmI({ identity, grants, check }: Self): MessageInitShape<typeof WhoAmIResponseSchema> {
  const { kind, principal, claims } = identity
  const { name, issuer = '', subject = '' } = principal
  return {
    caller: { name, kind: kinds[kind], issuer, subject, claims: toTexts(claims) },
    grants: grants.map(({ permissions, on }) => ({ permissions: [...permissions], on: [...on] })),
    ...(check && { check }),
  }
}

function toTexts(claims: Identity['claims']): Record<string, string> {
  const texts = Object.entries(claims).map(([claim, value]) => [
    claim,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return Object.fromEntries(texts)
}
