import type { Scope, ServicePattern } from './access-control.ts'
import type { Grant } from './grant.ts'
import { type Permission, permissions, type Resource } from './permission.ts'
import type { GrantScope } from './service-pattern.ts'

/** A set of permissions: one bit for each. */
export type PermissionSet = number

const ALL: PermissionSet = 2 ** permissions.length - 1

const bits = Object.fromEntries(permissions.map((permission, index) => [permission, 2 ** index])) as Readonly<
  Record<Permission, PermissionSet>
>

/** The set with these permissions. `admin` includes all others. */
export function setOf(given: readonly Permission[]): PermissionSet {
  return given.includes('admin') ? ALL : given.reduce((set, permission) => set | bits[permission], 0)
}

/** The permissions that change a service. Whoever has one of them may see who made the changes. */
export const changing = setOf(['register', 'manage', 'delete'])

interface OfNamespace {
  /** The permissions on every service of the namespace. */
  all: PermissionSet
  /** The permissions on single services. */
  readonly byName: Map<string, PermissionSet>
}

/** The permissions that some grants give together. A look-up takes the same time for any number of patterns. */
export class PermissionTable {
  #everywhere: PermissionSet = 0
  #anywhere: PermissionSet = 0
  readonly #byNamespace = new Map<string, OfNamespace>()

  /** Adds the permissions of a grant. */
  addGrant({ permissions: given, on }: Pick<Grant, 'permissions' | 'on'>): void {
    const set = setOf(given)
    for (const scope of on) this.#add(set, scope)
  }

  #add(set: PermissionSet, scope: GrantScope): void {
    this.#anywhere |= set
    if (scope === 'all') {
      this.#everywhere |= set
      return
    }
    const { namespace, name } = scope
    const inNamespace = this.#byNamespace.get(namespace) ?? { all: 0, byName: new Map() }
    this.#byNamespace.set(namespace, inNamespace)
    if (name === undefined) inNamespace.all |= set
    else inNamespace.byName.set(name, (inNamespace.byName.get(name) ?? 0) | set)
  }

  /** Whether the table gives one of the permissions of a set on a service; null: on any service. */
  gives(set: PermissionSet, resource: Resource): boolean {
    if ((this.#anywhere & set) === 0) return false
    if (resource === null || (this.#everywhere & set) !== 0) return true
    const inNamespace = this.#byNamespace.get(resource.namespace)
    if (inNamespace === undefined) return false
    return ((inNamespace.all | (inNamespace.byName.get(resource.name) ?? 0)) & set) !== 0
  }

  /** The services on which the table gives a permission. No pattern is part of another one. */
  scopeOf(permission: Permission): Scope {
    const set = bits[permission]
    if ((this.#everywhere & set) !== 0) return 'all'
    return [...this.#byNamespace].flatMap(([namespace, { all, byName }]): ServicePattern[] => {
      if ((all & set) !== 0) return [{ namespace }]
      return [...byName].flatMap(([name, given]) => ((given & set) === 0 ? [] : [{ namespace, name }]))
    })
  }
}

/** The set with one permission. `admin` is only `admin` here: a look-up asks for it. */
export function only(permission: Permission): PermissionSet {
  return bits[permission]
}
