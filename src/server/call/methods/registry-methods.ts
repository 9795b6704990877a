import type { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import type { RegistryDeps } from '../../../registry/core/registry-deps.ts'
import type { CallMethod } from '../method.ts'
import { accessMethods } from './access-methods.ts'
import { historyMethods } from './history-methods.ts'
import { revisionMethods } from './revision-methods.ts'
import { rolloutMethods } from './rollout-methods.ts'
import { serviceMethods } from './service-methods.ts'

/** The table of all RPCs of `ServiceRegistry`. If an RPC has no row, this does not compile. */
export const registryMethods = {
  ...revisionMethods,
  ...serviceMethods,
  ...rolloutMethods,
  ...historyMethods,
  ...accessMethods,
} satisfies { readonly [Name in keyof typeof ServiceRegistry.method]: CallMethod<RegistryDeps> }
