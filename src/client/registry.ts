import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../domain/errors.ts'
import type { Call } from './call.ts'
import { fromConnectError, type Named } from './errors.ts'
import { retrying } from './retry.ts'
import { createTokens, type TokenFunction, type Tokens } from './token.ts'

/** How to reach one registry, checked. */
export interface RegistrySettings extends Named {
  readonly baseUrl: string
  readonly token: string | TokenFunction | undefined
}

/** Sends one request. */
export type Send<T> = (rpc: Client<typeof ServiceRegistry>, options: CallOptions) => Promise<T>

/** One registry. Every error of a call names it. */
export interface Registry extends Named {
  /** Sends a request that is safe to send twice: it reads, or it is one change however often it is sent. */
  ask<T>(call: Call, send: Send<T>): Promise<T>
}

/** A registry over a transport. */
export function createRegistry(settings: RegistrySettings, transport: Transport): Registry {
  const { name, isOneOfSeveral } = settings
  const rpc = createClient(ServiceRegistry, transport)
  const tokens = settings.token === undefined ? undefined : createTokens(settings.token, settings)
  return {
    name,
    isOneOfSeveral,
    ask: async (call, send) => {
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
