import { Code, ConnectError, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health_pb.ts'
import type { ServingState, ServingStatus } from './serving-status.ts'

/**
 * Adds `grpc.health.v1.Health`, as gRPC's health checking protocol has it, for these services and for the whole server,
 * whose name is empty. They are all served from one store, so their status is the same.
 */
export function addGrpcHealth(router: ConnectRouter, status: ServingStatus, services: readonly string[]): void {
  const names = ['', ...services]
  router.service(Health, {
    check: async ({ service }) => {
      if (!names.includes(service)) throw new ConnectError('the service is not known', Code.NotFound)
      return { status: toStatus(await status.check()) }
    },
    list: async () => {
      const current = { status: toStatus(await status.check()) }
      return { statuses: Object.fromEntries(names.map((name) => [name, current])) }
    },
    watch: ({ service }, context) =>
      names.includes(service) ? watchKnown(status, context) : watchUnknown(status, context),
  } satisfies ServiceImpl<typeof Health>)
}

async function* watchKnown(status: ServingStatus, { signal }: HandlerContext) {
  for await (const state of status.watch(signal)) yield { status: toStatus(state) }
  throw ending(signal)
}

// It stays open: a service of this name could come, as far as the caller knows.
async function* watchUnknown(status: ServingStatus, { signal }: HandlerContext) {
  yield { status: Status.SERVICE_UNKNOWN }
  for await (const _state of status.watch(signal)) {
    // Nothing of this concerns a service that is not there, but for the end.
  }
  throw ending(signal)
}

// Either the caller ended it, or its deadline did, or the server stops. For that it is a status other than
// UNIMPLEMENTED, so that clients watch again, and find another server.
function ending(signal: AbortSignal): ConnectError {
  if (signal.aborted) return ConnectError.from(signal.reason)
  return new ConnectError('the server is stopping', Code.Unavailable)
}

function toStatus(state: ServingState): Status {
  return state === 'serving' ? Status.SERVING : Status.NOT_SERVING
}
