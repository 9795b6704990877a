import { RecentlyUsed } from '../recently-used.ts'
import type { ServiceId, Sruid } from '../sruid.ts'
import type { CallerAccess, OwnGrant, Scope } from './access-control.ts'
import { pickClaims } from './claim-matcher.ts'
import type { GranteeRules } from './grantee-rules.ts'
import type { Identity } from './identity.ts'
import type { Permission, Resource } from './permission.ts'
import { changing, only, type PermissionSet, PermissionTable } from './permission-table.ts'
import type { Principal } from './principal.ts'
import { refusal } from './refusal.ts'
import { formatServicePattern } from './service-pattern.ts'

/** The parts of the rules that do not depend on the caller. */
export interface SharedRules {
  explain(identity: Identity, permission: Permission, resource: Resource): string
  callAudience(sruid: Sruid): string
}

/** How many explanations are kept for a caller, because a caller that is refused often tries again. */
const KEPT_EXPLANATIONS = 16

/** The access of a caller by the grants that apply to it. They are added up. */
export class GrantedAccess implements CallerAccess {
  readonly identity: Identity
  readonly #rules: readonly GranteeRules[]
  readonly #shared: SharedRules
  readonly #principals = new Map<GranteeRules, Principal>()
  #readable: Scope | undefined
  #explanations: RecentlyUsed<string, string> | undefined

  /** @param rules The rules that apply to the caller, the most exact first. */
  constructor(identity: Identity, rules: readonly GranteeRules[], shared: SharedRules) {
    this.identity = identity
    this.#rules = rules
    this.#shared = shared
  }

  get readable(): Scope {
    this.#readable ??= scopeOf(this.#rules)
    return this.#readable
  }

  get grants(): readonly OwnGrant[] {
    const grants = this.#rules.flatMap((rules) => rules.grants)
    return grants.map(({ permissions, on }) => ({ permissions, on: on.map(formatServicePattern) }))
  }

  seesActors(service: ServiceId): boolean {
    return this.#find(changing, service) !== undefined
  }

  may(permission: Permission, resource: Resource): boolean {
    return this.#find(only(permission), resource) !== undefined
  }

  authorize(permission: Permission, resource: Resource): Principal {
    const rules = this.#find(only(permission), resource)
    if (rules === undefined) throw refusal(this.identity, permission, resource)
    return this.#principals.get(rules) ?? this.#makePrincipal(rules)
  }

  explainRefusal(permission: Permission, resource: Resource): string {
    this.#explanations ??= new RecentlyUsed(KEPT_EXPLANATIONS)
    const question = `${permission} ${resource?.namespace}/${resource?.name}`
    return this.#explanations.getOrCreate(question, () => this.#shared.explain(this.identity, permission, resource))
  }

  callAudience(sruid: Sruid): string {
    return this.#shared.callAudience(sruid)
  }

  #find(set: PermissionSet, resource: Resource): GranteeRules | undefined {
    return this.#rules.find(({ table }) => table.gives(set, resource))
  }

  // Made once, because every change of this caller has the same.
  #makePrincipal(rules: GranteeRules): Principal {
    const { principal, claims } = this.identity
    const picked = pickClaims(rules.claims, claims)
    const made = Object.keys(picked).length === 0 ? principal : { ...principal, claims: picked }
    this.#principals.set(rules, made)
    return made
  }
}

function scopeOf(all: readonly GranteeRules[]): Scope {
  const table = new PermissionTable()
  for (const { grants } of all) for (const grant of grants) table.addGrant(grant)
  return table.scopeOf('read')
}
