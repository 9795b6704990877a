import { type Api, ApiError, type Fields, type Method, NoAnswer } from '../support/api.ts'
import type { Call } from './check.ts'

/** One call about a service, with the names of the API. */
export interface Operation {
  readonly method: Method
  /** The request without the namespace and the name. */
  readonly request: Request
  /** Whether the server stores a change that changes nothing, which may give new etags. Older versions did. */
  readonly isAlwaysStored?: boolean
}

/** The fields of requests that the histories use. */
export interface Request {
  readonly revision_tag?: string
  readonly is_default?: boolean
  readonly version_range?: string
  readonly alias?: string
  readonly follows?: string
  readonly if_default?: 'MOVE' | 'CLEAR'
  readonly etag?: string
  readonly view?: 'BASIC' | 'FULL'
}

/** The outcome of a call: its answer or its refusal. */
export type Outcome = { readonly answer: Fields } | { readonly refused: ApiError }

/** A call of a history, with the name of its route. */
export interface RecordedCall extends Call<Operation, Outcome> {
  readonly route: string
}

/** A client that makes calls to a server over a protocol. */
export interface Route {
  /** The number of the client, the protocol and the server, for readers of a history. */
  readonly name: string
  readonly api: Api
  /** See `Operation`. Default: false. */
  readonly isAlwaysStored?: boolean | undefined
}

/** The calls about one service. */
export interface Recorder {
  readonly calls: readonly RecordedCall[]
  /** Makes a call and records its outcome. Resolves with the outcome, or with undefined if it is unknown. */
  record(route: Route, operation: Operation): Promise<Outcome | undefined>
}

/** The parts of the name of a service. */
export type ServiceName = Readonly<Record<'namespace' | 'name', string>>

/** Records the calls about the service. */
export function createRecorder(service: ServiceName): Recorder {
  const calls: RecordedCall[] = []
  // All calls are made in one thread, so counting gives the exact order of requests and answers.
  let clock = 0
  return {
    calls,
    record: async (route, operation) => {
      const invoked = ++clock
      const outcome = await outcomeOf(call(route.api, operation, service))
      const returned = outcome === undefined ? Number.POSITIVE_INFINITY : ++clock
      const { name, isAlwaysStored = false } = route
      calls.push({ route: name, operation: { ...operation, isAlwaysStored }, invoked, returned, outcome })
      return outcome
    },
  }
}

async function call(api: Api, { method, request }: Operation, service: Fields): Promise<Fields> {
  const answer = await api.call(method, { ...service, ...request })
  // JSON leaves out false values.
  return method === 'register' ? { replayed: false, ...answer } : answer
}

async function outcomeOf(call: Promise<Fields>): Promise<Outcome | undefined> {
  try {
    return { answer: await call }
  } catch (error) {
    if (error instanceof ApiError) return leavesOpen.has(error.code ?? error.status) ? undefined : { refused: error }
    if (error instanceof NoAnswer) return undefined
    throw error
  }
}

/** After these errors a change may have happened or may still happen. */
const leavesOpen: ReadonlySet<string | number | undefined> = new Set([
  'unavailable',
  'deadline_exceeded',
  'canceled',
  503,
  504,
])
