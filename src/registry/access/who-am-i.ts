import type { OwnGrant } from '../../domain/access/access-control.ts'
import type { Identity } from '../../domain/access/identity.ts'
import type { Permission, Resource } from '../../domain/access/permission.ts'
import { RegistryError } from '../../domain/errors.ts'
import type { Caller } from '../core/caller.ts'

/** A permission that a caller asks about. */
export interface PermissionQuery {
  readonly permission: Permission
  readonly resource: Resource
}

/** The identity of a caller, and its permissions. */
export interface Self {
  readonly identity: Identity
  readonly grants: readonly OwnGrant[]
  /** Null: the caller asked about no permission. */
  readonly check: PermissionCheck | null
}

/** Whether a caller has a permission, and if not, why. */
export interface PermissionCheck {
  readonly allowed: boolean
  /** Empty if it is allowed. */
  readonly explanation: string
}

/** Tells a caller its identity and its permissions. */
export async function whoAmI(query: PermissionQuery | null, { access }: Pick<Caller, 'access'>): Promise<Self> {
  const { identity, grants } = access
  if (query === null) return { identity, grants, check: null }
  const { permission, resource } = query
  try {
    access.authorize(permission, resource)
    return { identity, grants, check: { allowed: true, explanation: '' } }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    return { identity, grants, check: { allowed: false, explanation: error.message } }
  }
}
