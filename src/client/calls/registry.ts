import { type CallOptions, type Client, createClient, type Transport } from '@connectrpc/connect'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { RegistryError } from '../../domain/errors.ts'
import type { Call } from './call.ts'
import type { RegistrySettings } from './checks/client-checks.ts'
import { fromConnectError, type Named } from './errors.ts'
import { createHeaders, type GetHeaders } from './headers.ts'
import { retrying } from './retry.ts'
import { createTokens, type Tokens } from './token.ts'

/** Sends one request. */
export type Send<T> = (rpc: Client<typeof ServiceRegistry>, options: CallOptions) => Promise<T>

/** One registry. Every error of a call names it. */
export class Registry implements Named {
  readonly name: string
  readonly isOneOfSeveral: boolean
  readonly #rpc: Client<typeof ServiceRegistry>
  readonly #tokens: Tokens | undefined
  readonly #getHeaders: GetHeaders

  constructor(settings: RegistrySettings, transport: Transport) {
    this.name = settings.name
    this.isOneOfSeveral = settings.isOneOfSeveral
    this.#rpc = createClient(ServiceRegistry, transport)
    this.#tokens = settings.token === undefined ? undefined : createTokens(settings.token, this)
    this.#getHeaders = createHeaders(settings, this)
  }

  /** Sends a request that is safe to send twice: it reads, or its request id makes it one change. */
  async ask<T>(call: Call, send: Send<T>): Promise<T> {
    call.progress.registry = this
    call.progress.failure = undefined
    return retrying(call, () => this.#withToken(call, (token) => this.#attempt(call, send, token)))
  }

  async #attempt<T>(call: Call, send: Send<T>, token: string | undefined): Promise<T> {
    const headers = {
      ...(await this.#getHeaders(call)),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    }
    const timeoutMs = call.deadlineMs()
    try {
      return await send(this.#rpc, { signal: call.signal, headers, ...(timeoutMs !== undefined && { timeoutMs }) })
    } catch (error) {
      throw call.signal.aborted ? call.signal.reason : fromConnectError(error, this)
    }
  }

  // The registry may refuse a token before its expiry, for example because it was revoked. Another token gets one try.
  async #withToken<T>(call: Call, attempt: (token: string | undefined) => Promise<T>): Promise<T> {
    if (this.#tokens === undefined) return attempt(undefined)
    const token = await this.#tokens.get(call)
    try {
      return await attempt(token)
    } catch (error) {
      const isRefused = error instanceof RegistryError && error.code === 'unauthenticated'
      if (!isRefused || !this.#tokens.refuse(token)) throw error
      return attempt(await this.#tokens.get(call))
    }
  }
}
