import type { WhoAmIRequest } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { parsePermission } from '../../../domain/access/permission.ts'
import { fieldError } from '../../../domain/errors.ts'
import { parseServiceReference } from '../../../domain/sruid.ts'
import type { PermissionQuery } from '../../../registry/access/who-am-i.ts'

/** The permission that a caller asks about. Null: it asks about none. */
export function toPermissionQuery({ permission, resource }: WhoAmIRequest): PermissionQuery | null {
  if (permission !== '') {
    const service = resource === '' ? null : parseServiceReference(resource).service
    return { permission: parsePermission(permission, 'permission'), resource: service }
  }
  if (resource === '') return null
  const description = 'permission is missing, although resource is given; give both, or no resource.'
  throw fieldError('INVALID_PERMISSION', 'permission', description)
}
