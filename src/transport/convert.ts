import { create } from '@bufbuild/protobuf'
import { type Revision, RevisionSchema } from '../../gen/waypost/v1/revision_pb.ts'
import {
  type GetRequest,
  type GetResponse,
  GetResponseSchema,
  type RegisterRequest,
  type RegisterResponse,
  RegisterResponseSchema,
} from '../../gen/waypost/v1/service_registry_pb.ts'
import { invalidField, type RegistryError } from '../domain/errors.ts'
import { parseRevisionTag } from '../domain/revision-tag.ts'
import { parseServiceId } from '../domain/sruid.ts'
import type { RevisionView } from '../registry/deps.ts'
import type { GetQuery } from '../registry/get.ts'
import type { RegisterCommand, Registered } from '../registry/register.ts'

// Nobody is authenticated yet, and the log says so.
const ANONYMOUS = 'anonymous'

export function toRegisterCommand(request: RegisterRequest): RegisterCommand {
  const { namespace, name, revisionTag, isDefault } = request
  const service = parseServiceId(namespace, name)
  if (revisionTag === '') throw missingRevisionTag()
  const sruid = { ...service, revisionTag: parseRevisionTag(revisionTag) }
  return { sruid, isDefault: isDefault ?? null, actor: ANONYMOUS }
}

// The text is part of the REST contract.
function missingRevisionTag(): RegistryError {
  const description = 'A revision tag must be included when registering a new service revision.'
  return invalidField('MISSING_REVISION_TAG', 'revision_tag', description)
}

export function fromRegistered({ revision, replayed }: Registered): RegisterResponse {
  return create(RegisterResponseSchema, { revision: fromRevisionView(revision), replayed })
}

export function toGetQuery({ namespace, name, revisionTag }: GetRequest): GetQuery {
  return {
    service: parseServiceId(namespace, name),
    revisionTag: revisionTag === '' ? undefined : parseRevisionTag(revisionTag),
  }
}

export function fromFound(revision: RevisionView): GetResponse {
  return create(GetResponseSchema, { revision: fromRevisionView(revision) })
}

function fromRevisionView({ namespace, name, revisionTag, isDefault }: RevisionView): Revision {
  return create(RevisionSchema, { namespace, name, revisionTag, isDefault })
}
