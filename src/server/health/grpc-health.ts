import { Code, ConnectError, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health_pb.ts'
import { quote } from '../../domain/errors.ts'
import type { ServingState, ServingStatus } from './serving-status.ts'

/**
 * Adds `grpc.health.v1.Health` of gRPC's health checking protocol, for these services and for the whole server, whose
 * name is empty. All of them use the same store, so they have the same status.
 */
export function addGrpcHealth(router: ConnectRouter, status: ServingStatus, services: readonly string[]): void {
  const names = ['', ...services]
  router.service(Health, {
    check: async ({ service }) => {
      if (!names.includes(service)) throw new ConnectError(unknownService(service, services), Code.NotFound)
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

function unknownService(service: string, known: readonly string[]): string {
  return `the service ${quote(service)} is not known; use ${known.join(', ')}, or an empty name for the whole server.`
}

async function* watchKnown(status: ServingStatus, { signal }: HandlerContext) {
  for await (const state of status.watch(signal)) yield { status: toStatus(state) }
  throw ending(signal)
}

// The protocol keeps the watch of an unknown service open, because the service could be added later.
async function* watchUnknown(status: ServingStatus, { signal }: HandlerContext) {
  yield { status: Status.SERVICE_UNKNOWN }
  for await (const _state of status.watch(signal)) {
    // The state does not matter for an unknown service. Only the end of the loop does.
  }
  throw ending(signal)
}

// The caller or its deadline has ended the watch, or the server stops. After UNAVAILABLE, clients watch again and can
// find another server. After UNIMPLEMENTED, they would not.
function ending(signal: AbortSignal): ConnectError {
  if (signal.aborted) return ConnectError.from(signal.reason)
  return new ConnectError('the server is stopping; call again to reach another server.', Code.Unavailable)
}

function toStatus(state: ServingState): Status {
  return state === 'serving' ? Status.SERVING : Status.NOT_SERVING
}
