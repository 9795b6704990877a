import type { IncomingHttpHeaders } from 'node:http'
import type { TlsOptions } from '../api/client-options.ts'

/** A server, and how to trust it. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  readonly tls: TlsOptions
  /** The value of `Host` and `:authority`. */
  readonly authority: string
}

/** One request, as both versions of HTTP send it. The names of headers are in lower case. */
export interface OutgoingCall {
  readonly method: 'GET' | 'POST'
  /** The path and the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | number>>
  /** Undefined if the request has no body. */
  readonly body: Uint8Array | undefined
  /** The largest answer that is read, in bytes. */
  readonly maxBytes: number
}

/** A whole answer. */
export interface IncomingAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

/** The target of a base URL. */
export function parseTarget(baseUrl: string, tls: TlsOptions = {}): Target {
  const { protocol, hostname, port, host } = new URL(baseUrl)
  const isTls = protocol === 'https:'
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    isTls,
    tls,
    authority: host,
  }
}
