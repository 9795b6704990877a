import { Code, ConnectError, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health_pb.ts'
import { quote } from '../../domain/errors.ts'
import type { Readiness } from './readiness.ts'
import type { Serving, ServingStatus } from './serving-status.ts'

/**
 * Adds `grpc.health.v1.Health` of gRPC's health checking protocol. The empty name and that of the service speak for
 * lookups. The name of the service with `/writes` after it speaks for changes.
 */
export function addGrpcHealth(router: ConnectRouter, { lookups, changes }: Readiness, service: string): void {
  const known = new Map([
    ['', lookups],
    [service, lookups],
    [`${service}/writes`, changes],
  ])
  router.service(Health, {
    check: async ({ service: name }) => {
      const status = known.get(name)
      if (status === undefined) throw new ConnectError(unknownService(name, [...known.keys()]), Code.NotFound)
      return { status: toStatus((await status.check()).status) }
    },
    list: async () => {
      const states = [...known].map(async ([name, status]) => [name, await status.check()] as const)
      const statuses = (await Promise.all(states)).map(([name, { status }]) => [name, { status: toStatus(status) }])
      return { statuses: Object.fromEntries(statuses) }
    },
    watch: ({ service: name }, context) => {
      const status = known.get(name)
      return status === undefined ? watchUnknown(lookups, context) : watchKnown(status, context)
    },
  } satisfies ServiceImpl<typeof Health>)
}

function unknownService(name: string, known: readonly string[]): string {
  const names = known.filter((each) => each !== '').join(', ')
  return `the service ${quote(name)} is not known; use ${names}, or an empty name for the whole server.`
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

function toStatus(state: Serving): Status {
  return state === 'serving' ? Status.SERVING : Status.NOT_SERVING
}
