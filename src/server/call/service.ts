import type { ServiceImpl } from '@connectrpc/connect'
import type { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { deleteAlias, listAliases, setAlias } from '../../registry/aliases/aliases.ts'
import type { RegistryDeps } from '../../registry/core/registry-deps.ts'
import { clearDefault, setDefault } from '../../registry/defaults/set-default.ts'
import { testPolicy } from '../../registry/defaults/test-policy.ts'
import { deleteRevision } from '../../registry/revisions/delete-revision.ts'
import { get } from '../../registry/revisions/get-revision.ts'
import { deprecate, restore, yank } from '../../registry/revisions/lifecycle.ts'
import { listNamespaces, listRevisions, listServices } from '../../registry/revisions/lists.ts'
import { register } from '../../registry/revisions/register.ts'
import { updateRevision } from '../../registry/revisions/update-revision.ts'
import {
  toClearDefaultCommand,
  toDeleteAliasCommand,
  toDeprecateCommand,
  toGetQuery,
  toListRevisionsQuery,
  toListServicesQuery,
  toRegisterCommand,
  toRevisionChange,
  toServiceId,
  toSetAliasCommand,
  toSetDefaultCommand,
  toSruid,
  toUpdateCommand,
  toYankCommand,
} from './decode.ts'
import { fromAlias, fromRevision, fromService } from './encode.ts'

/** The RPCs of `ServiceRegistry`, for every protocol: decode, call, encode. Throws `RegistryError`s. */
export function createService(deps: RegistryDeps) {
  return {
    register: async (request) => {
      const { revision, replayed } = await register(deps, toRegisterCommand(request))
      return { revision: fromRevision(revision), replayed, validated: request.validateOnly }
    },
    get: async (request) => {
      const { revision, explanation } = await get(deps, toGetQuery(request))
      return { revision: fromRevision(revision, { view: request.view, explanation }) }
    },
    updateRevision: async (request) => {
      return { revision: fromRevision(await updateRevision(deps, toUpdateCommand(request))) }
    },
    setDefault: async (request) => ({ service: fromService(await setDefault(deps, toSetDefaultCommand(request))) }),
    clearDefault: async (request) => {
      return { service: fromService(await clearDefault(deps, toClearDefaultCommand(request))) }
    },
    setAlias: async (request) => ({ alias: fromAlias(await setAlias(deps, toSetAliasCommand(request))) }),
    deleteAlias: async (request) => {
      await deleteAlias(deps, toDeleteAliasCommand(request))
      return {}
    },
    listAliases: async (request) => {
      const { head } = await listAliases(deps, toServiceId(request))
      return { aliases: head.aliases.map(fromAlias), serviceEtag: head.etag }
    },
    deprecate: async (request) => {
      const { revision } = await deprecate(deps, toDeprecateCommand(request))
      return { revision: fromRevision(revision) }
    },
    yank: async (request) => {
      const { revision, defaultTag } = await yank(deps, toYankCommand(request))
      return { revision: fromRevision(revision), defaultRevisionTag: defaultTag ?? '' }
    },
    restore: async (request) => {
      const { revision } = await restore(deps, toRevisionChange(request))
      return { revision: fromRevision(revision) }
    },
    deleteRevision: async (request) => {
      await deleteRevision(deps, toRevisionChange(request))
      return {}
    },
    listNamespaces: async (request) => {
      const { items, nextPageToken } = await listNamespaces(deps, request)
      return { namespaces: [...items], nextPageToken }
    },
    listServices: async (request) => {
      const { items, nextPageToken } = await listServices(deps, toListServicesQuery(request))
      return { services: items.map(fromService), nextPageToken }
    },
    listRevisions: async (request) => {
      const { items, nextPageToken } = await listRevisions(deps, toListRevisionsQuery(request))
      return { revisions: items.map((item) => fromRevision(item, { view: request.view })), nextPageToken }
    },
    testPolicy: async (request) => {
      const { policy, becomesDefault, context } = await testPolicy(deps, toSruid(request))
      const { currentDefault, highestSemver, highestRelease } = context
      return {
        ...{ policy, becomesDefault, currentDefault: currentDefault ?? '' },
        ...{ highestVersion: highestSemver ?? '', highestRelease: highestRelease ?? '' },
      }
    },
  } satisfies ServiceImpl<typeof ServiceRegistry>
}

export type Service = ReturnType<typeof createService>
