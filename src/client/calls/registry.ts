import { RegistryError } from '../../domain/errors.ts'
import type { Connection, Exchange } from '../transports/connection.ts'
import type { Call } from './call.ts'
import type { RegistrySettings } from './checks/client-checks.ts'
import { fromConnectError, type Named } from './errors.ts'
import { createHeaders, type GetHeaders } from './headers.ts'
import { retrying } from './retry.ts'
import { createRpc, type Rpc } from './rpc.ts'
import { createTokens, type Tokens } from './token.ts'
import { withTraceContext } from './trace-context.ts'

/** Sends one request. */
export type Send<T> = (rpc: Rpc, exchange: Exchange) => Promise<T>

/** One registry. Every error of a call names it. */
export class Registry implements Named {
  readonly name: string
  readonly isOneOfSeveral: boolean
  readonly #rpc: Rpc
  readonly #tokens: Tokens | undefined
  readonly #headers: GetHeaders

  constructor(settings: RegistrySettings, connection: Connection) {
    this.name = settings.name
    this.isOneOfSeveral = settings.isOneOfSeveral
    this.#rpc = createRpc(connection)
    this.#tokens = settings.token === undefined ? undefined : createTokens(settings.token, this)
    this.#headers = createHeaders(settings, this)
  }

  /** Sends a request that is safe to send twice: it reads, or its request id makes it one change. */
  ask<T>(call: Call, send: Send<T>): Promise<T> {
    call.progress.registry = this
    call.progress.failure = undefined
    const tokens = this.#tokens
    const attempt = (token: string | undefined) => this.#attempt(call, send, token)
    return retrying(call, () => (tokens ? this.#withToken(tokens, call, attempt) : attempt(undefined)))
  }

  /** Whether calls at the same time may have different credentials, because a function gives the headers of each. */
  get hasCredentialPerCall(): boolean {
    return this.#tokens === undefined && typeof this.#headers === 'function'
  }

  /**
   * The credential of the next request: the token, or else the header `Authorization` that the caller gives it. Empty
   * without both. Calls with the same credential have the same identity.
   */
  async credential(call: Call): Promise<string> {
    if (this.#tokens) return this.#tokens.get(call)
    const { authorization = '' } = typeof this.#headers === 'function' ? await this.#headers(call) : this.#headers
    return authorization
  }

  async #attempt<T>(call: Call, send: Send<T>, token: string | undefined): Promise<T> {
    const given = typeof this.#headers === 'function' ? await this.#headers(call) : this.#headers
    const traced = withTraceContext(given)
    const headers = token === undefined ? traced : { ...traced, Authorization: `Bearer ${token}` }
    const { cancellation } = call
    try {
      return await send(this.#rpc, { cancellation, headers, timeoutMs: call.deadlineMs() })
    } catch (error) {
      throw cancellation.isCanceled ? cancellation.reason : fromConnectError(error, this)
    }
  }

  // The registry may refuse a token before its expiry, for example because it was revoked. Another token gets one try.
  async #withToken<T>(tokens: Tokens, call: Call, attempt: (token: string) => Promise<T>): Promise<T> {
    const token = await tokens.get(call)
    try {
      return await attempt(token)
    } catch (error) {
      const isRefused = error instanceof RegistryError && error.code === 'unauthenticated'
      if (!isRefused || !tokens.refuse(token)) throw error
      return attempt(await tokens.get(call))
    }
  }
}
