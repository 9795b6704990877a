import { fieldError, quote } from '../errors.ts'
import type { ServiceId } from '../sruid.ts'

/**
 * All permissions. `read`: look up and list. `register`: register revisions. `manage`: change a service and its revisions,
 * except delete. `delete`: delete revisions. `call`: get tokens to call revisions. `admin`: everything.
 */
export const permissions = ['read', 'register', 'manage', 'delete', 'call', 'admin'] as const

/** The right to do one kind of thing with a service. */
export type Permission = (typeof permissions)[number]

/** The service that a permission is about; null: the registry as a whole, for lists of services. */
export type Resource = ServiceId | null

/** Parses the name of a permission. Throws `INVALID_PERMISSION`. */
export function parsePermission(text: string, field: string): Permission {
  const permission = permissions.find((known) => known === text)
  if (permission !== undefined) return permission
  throw fieldError(
    'INVALID_PERMISSION',
    field,
    `${field} ${quote(text)} is not valid; use one of ${permissions.join(', ')}.`,
  )
}
