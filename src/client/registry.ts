import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect'
import type { Revision } from '../../gen/waypost/v1/revision_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../domain/errors.ts'
import type { Call } from './call.ts'
import { fromConnectError, type Named, unexpectedAnswer } from './errors.ts'
import { retrying } from './retry.ts'
import type { RegisterResult, ServiceRevision } from './revision.ts'
import { createTokens, type TokenFunction, type Tokens } from './token.ts'

/** How to reach one registry, checked. */
export interface RegistrySettings extends Named {
  readonly baseUrl: string
  readonly token: string | TokenFunction | undefined
}

/** One registry. Every error of a call names it. */
export interface Registry extends Named {
  register(request: RegisterRequest, call: Call): Promise<RegisterResult>
  get(request: GetRequest, call: Call): Promise<ServiceRevision>
}

export interface GetRequest {
  readonly namespace: string
  readonly name: string
  readonly revisionTag: string
}

export interface RegisterRequest extends GetRequest {
  readonly isDefault?: boolean
}

type Send<T> = (rpc: Client<typeof ServiceRegistry>, options: CallOptions) => Promise<T>

/** A registry over a transport. Both of its calls are safe to send twice: one reads, the other is idempotent. */
export function createRegistry(settings: RegistrySettings, transport: Transport): Registry {
  const { name, isOneOfSeveral } = settings
  const rpc = createClient(ServiceRegistry, transport)
  const tokens = settings.token === undefined ? undefined : createTokens(settings.token, settings)

  const ask = async <T>(call: Call, send: Send<T>): Promise<T> => {
    call.progress.registry = settings
    return retrying(call, () =>
      withToken(tokens, call, async (token) => {
        const authorization = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }
        const timeoutMs = call.deadlineMs()
        const deadline = timeoutMs === undefined ? {} : { timeoutMs }
        try {
          return await send(rpc, { signal: call.signal, ...deadline, ...authorization })
        } catch (error) {
          throw call.signal.aborted ? call.signal.reason : fromConnectError(error, settings)
        }
      }),
    )
  }
  return {
    name,
    isOneOfSeveral,
    register: async (request, call) => {
      const { revision, replayed } = await ask(call, (to, options) => to.register(request, options))
      return { revision: toServiceRevision(revision, settings), replayed }
    },
    get: async (request, call) => {
      const { revision } = await ask(call, (to, options) => to.get(request, options))
      return toServiceRevision(revision, settings)
    },
  }
}

// A token that is refused may have been revoked, or be older than its expiry says: another one gets one more try.
async function withToken<T>(
  tokens: Tokens | undefined,
  call: Call,
  attempt: (token: string | undefined) => Promise<T>,
): Promise<T> {
  if (tokens === undefined) return attempt(undefined)
  const token = await tokens.get(call)
  try {
    return await attempt(token)
  } catch (error) {
    const isRefused = error instanceof RegistryError && error.code === 'unauthenticated'
    if (!isRefused || !tokens.refuse(token)) throw error
    return attempt(await tokens.get(call))
  }
}

function toServiceRevision(revision: Revision | undefined, registry: Named): ServiceRevision {
  if (revision === undefined) throw unexpectedAnswer('internal', registry, 'there is no revision in its answer')
  const { namespace, name, revisionTag, isDefault = false } = revision
  return { namespace, name, revisionTag, isDefault }
}
