import type { ServiceImpl } from '@connectrpc/connect'
import type { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import type { RegistryDeps } from '../registry/deps.ts'
import { get } from '../registry/get.ts'
import { register } from '../registry/register.ts'
import { fromFound, fromRegistered, toGetQuery, toRegisterCommand } from './convert.ts'

/** The RPCs of `ServiceRegistry`, for every protocol: decode, call, encode. Throws `RegistryError`s. */
export function createService(deps: RegistryDeps) {
  return {
    register: async (request) => fromRegistered(await register(deps, toRegisterCommand(request))),
    get: async (request) => fromFound(await get(deps, toGetQuery(request))),
  } satisfies ServiceImpl<typeof ServiceRegistry>
}

export type Service = ReturnType<typeof createService>
