import { openCallerAccess } from '../../src/domain/access/access-control.ts'
import type { Identity } from '../../src/domain/access/identity.ts'
import type { Principal } from '../../src/domain/access/principal.ts'
import type { Caller } from '../../src/registry/core/caller.ts'
import { caller } from './caller.ts'

/** The issuer of the tokens of GitHub Actions. */
export const GITHUB = 'https://token.actions.githubusercontent.com'

/** The facts about a caller that a test needs to be others than the usual ones. */
export interface KnownCaller {
  readonly name?: string
  readonly issuer?: string
  readonly subject?: string
  /** All claims of its token. */
  readonly claims?: Identity['claims']
  /** The claims that its grant asks for. */
  readonly matched?: Readonly<Record<string, unknown>>
  /** Default: true. */
  readonly seesActors?: boolean
}

/** A caller whose token is verified and who may do everything, except that it may be kept from seeing actors. */
export function knownCaller(facts: KnownCaller = {}): Caller {
  const { issuer = GITHUB, subject = 'repo:my-org/my-service:ref:refs/tags/1.2.9', claims = {} } = facts
  const { name = 'github:my-org/my-service run 1.1', matched, seesActors = true } = facts
  const known: Principal = { name, issuer, subject }
  const principal = matched === undefined ? known : { ...known, claims: matched }
  const identity: Identity = { kind: 'oidc', principal: known, claims }
  const access = { ...openCallerAccess, identity, seesActors: () => seesActors, authorize: () => principal }
  return { ...caller, principal, access }
}
