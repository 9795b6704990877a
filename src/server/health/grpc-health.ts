import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health_pb.ts'
import { quote } from '../../domain/errors.ts'
import { type BoundMethod, defineMethod } from '../call/method.ts'
import type { Readiness } from './readiness.ts'
import type { Serving, ServingStatus } from './serving-status.ts'

/** The states of gRPC's health checking protocol, by the name that a client asks for. */
type States = ReadonlyMap<string, ServingStatus>

// The empty name and that of the service speak for lookups. The name of the service with `/writes` after it speaks for
// changes.
function statesOf({ lookups, changes }: Readiness, service: string): States {
  return new Map([
    ['', lookups],
    [service, lookups],
    [`${service}/writes`, changes],
  ])
}

/** The unary methods of `grpc.health.v1.Health`. */
export function healthMethods(readiness: Readiness, service: string): readonly BoundMethod[] {
  const states = statesOf(readiness, service)
  const { check, list } = Health.method
  return [
    defineMethod({
      ...open,
      method: check,
      decode: ({ service: name }) => name,
      run: checkOne(states),
      encode: toFields,
    }),
    defineMethod({ ...open, method: list, decode: () => null, run: () => checkAll(states), encode: listFields }),
  ]
}

// Load balancers have no credentials.
const open = { permission: null, isOpen: true, resource: () => null }

/** Adds the streaming method of `grpc.health.v1.Health`. */
export function addHealthWatch(router: ConnectRouter, readiness: Readiness, service: string): void {
  const states = statesOf(readiness, service)
  router.rpc(Health.method.watch, ({ service: name }, context) => {
    const status = states.get(name)
    return status === undefined ? watchUnknown(readiness.lookups, context) : watchKnown(status, context)
  })
}

function checkOne(states: States) {
  return async (_deps: undefined, name: string): Promise<Serving> => {
    const status = states.get(name)
    if (status === undefined) throw new ConnectError(unknownService(name, [...states.keys()]), Code.NotFound)
    return (await status.check()).status
  }
}

async function checkAll(states: States): Promise<readonly (readonly [name: string, status: Serving])[]> {
  const all = [...states].map(async ([name, status]) => [name, (await status.check()).status] as const)
  return Promise.all(all)
}

function toFields(state: Serving): { status: Status } {
  return { status: toStatus(state) }
}

function listFields(states: Awaited<ReturnType<typeof checkAll>>) {
  return { statuses: Object.fromEntries(states.map(([name, state]) => [name, toFields(state)])) }
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
