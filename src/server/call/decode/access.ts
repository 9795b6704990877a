import type { WhoAmIRequest } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { parsePermission } from '../../../domain/access/permission.ts'
import { fieldError, quote, RegistryError } from '../../../domain/errors.ts'
import { parseServiceReference, type ServiceId } from '../../../domain/sruid.ts'
import type { PermissionQuery } from '../../../registry/access/who-am-i.ts'

/** The permission that a caller asks about. Null: it asks about none. */
export function toPermissionQuery({ permission, resource }: WhoAmIRequest): PermissionQuery | null {
  if (permission !== '') {
    const known = parsePermission(permission, 'permission')
    return { permission: known, resource: resource === '' ? null : parseService(resource) }
  }
  if (resource === '') return null
  const description = 'permission is missing, although resource is given; give both, or no resource.'
  throw fieldError('INVALID_PERMISSION', 'permission', description)
}

// A permission is about a service, and never about one revision of it.
function parseService(text: string): ServiceId {
  try {
    const { service, revisionTag } = parseServiceReference(text)
    if (revisionTag === undefined) return service
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
  }
  const description = `resource ${quote(text)} is not valid; use a service, such as my-org/my-service.`
  throw fieldError('INVALID_PERMISSION', 'resource', description)
}
