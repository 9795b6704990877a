import type { ConnectRouter } from '@connectrpc/connect'
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts'
import { Health } from '../../gen/health/v1/health_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import type { RegistryDeps } from '../registry/core/registry-deps.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createService } from './call/service.ts'
import { addGrpcHealth } from './health/grpc-health.ts'
import { createHttpHealth } from './health/http-health.ts'
import type { ServingStatus } from './health/serving-status.ts'
import { createCorsGuard } from './http/cors.ts'
import { createHandler } from './http/handler.ts'
import { createOpenApiHandler } from './rest/openapi.ts'
import { createRestHandler } from './rest/rest.ts'
import { addReflection } from './rpc/reflection.ts'
import { createRpcHandler } from './rpc/rpc.ts'

export interface RegistryHandlerParts {
  readonly deps: RegistryDeps
  readonly status: ServingStatus
  readonly log: Logger
  /** See `HandlerOptions`. */
  readonly basePath: string
  /** See `HandlerOptions`. */
  readonly ownsRoot: boolean
  /** Whether clients may ask for the proto files. */
  readonly hasReflection: boolean
  /** The origins of the pages that may call it from a browser, such as `https://app.example.com`, or `*`. */
  readonly corsOrigins: readonly string[]
}

/** Serves a registry: the RPCs, REST and its description, health and reflection. */
export function createRegistryHandler(parts: RegistryHandlerParts) {
  const { deps, status, log, basePath, ownsRoot, hasReflection, corsOrigins } = parts
  const service = createService(deps)
  const routes = (router: ConnectRouter) => {
    router.service(ServiceRegistry, service)
    addGrpcHealth(router, status, [ServiceRegistry.typeName])
    if (hasReflection) addReflection(router, [ServiceRegistry, Health], [file_google_rpc_error_details])
  }
  return createHandler({
    basePath,
    ownsRoot,
    guard: corsOrigins.length > 0 ? createCorsGuard(corsOrigins) : undefined,
    everywhere: [createHttpHealth(status), createOpenApiHandler(basePath), createRpcHandler({ routes, log })],
    belowBasePath: [createRestHandler(service, log)],
    log,
  })
}
