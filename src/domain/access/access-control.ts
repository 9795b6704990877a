import type { ServiceId, Sruid } from '../sruid.ts'
import { anonymousIdentity, type Credentials, type Identity } from './identity.ts'
import type { Permission, Resource } from './permission.ts'
import { anonymous, type Principal } from './principal.ts'

/** A set of services: all of a namespace, or one. */
export type ServicePattern = { readonly namespace: string; readonly name?: string | undefined }

/** The services that a caller may do something with: all, or those of the patterns. */
export type Scope = 'all' | readonly ServicePattern[]

/** A grant that applies to a caller, as the caller may see it. */
export interface OwnGrant {
  readonly permissions: readonly Permission[]
  /** The services: `*`, `ns/*` or `ns/name`. */
  readonly on: readonly string[]
}

/** The permissions of a caller. */
export interface CallerAccess {
  readonly identity: Identity
  /** Whether the caller may see who changed a service, and why: with any permission that changes it. */
  seesActors(service: ServiceId): boolean
  /** The services that the caller may read, for lists. */
  readonly readable: Scope
  /** The grants that apply to the caller. */
  readonly grants: readonly OwnGrant[]
  may(permission: Permission, resource: Resource): boolean
  /**
   * Returns the actor of the entries that the call appends: the identity's principal, with the claims that the grant
   * asks for. Throws a `RegistryError` if the caller lacks the permission: `TOKEN_MISSING` if it is anonymous, and
   * otherwise `PERMISSION_DENIED`. On the registry as a whole, a permission on any service is enough.
   */
  authorize(permission: Permission, resource: Resource): Principal
  /** Tells which grant comes closest to giving a permission, and what differs. For the log and for admins. */
  explainRefusal(permission: Permission, resource: Resource): string
  /** The audience of the tokens to call a revision. */
  callAudience(sruid: Sruid): string
}

/** Decides who a caller is, and what it may do. */
export interface AccessControl {
  /**
   * The access of a caller. Throws or rejects with a `RegistryError`: `TOKEN_INVALID` for a token or a certificate that is
   * not valid, and `ISSUER_UNREACHABLE` if no key of its issuer is known. It is synchronous whenever it can be.
   */
  authenticate(credentials: Credentials): CallerAccess | Promise<CallerAccess>
}

/** The access of every caller of a registry without access control: everything. */
export const openCallerAccess: CallerAccess = {
  identity: anonymousIdentity,
  readable: 'all',
  grants: [{ permissions: ['admin'], on: ['*'] }],
  seesActors: () => true,
  may: () => true,
  authorize: () => anonymous,
  explainRefusal: () => '',
  callAudience: usualAudience,
}

/** Access control that lets everybody do everything, and looks at no credential. */
export const openAccess: AccessControl = { authenticate: () => openCallerAccess }

/** The audience of the tokens to call a revision if the operator has chosen no other one. */
export function usualAudience({ namespace, name, revisionTag }: Sruid): string {
  return `waypost:${namespace}/${name}:${revisionTag}`
}
