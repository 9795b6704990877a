import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { type ConnectTransportOptions, createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import { composeClient, type RegistryClient } from './client.ts'
import { invalidOption } from './errors.ts'
import type { RegistryClientOptions } from './options.ts'

/**
 * The protocol of a client for browsers.
 *
 * @example
 * const protocol: WebProtocol = 'grpc-web'
 */
export type WebProtocol = 'connect' | 'grpc-web'

/**
 * The options of a client for browsers.
 *
 * @example
 * const options: WebRegistryClientOptions = { baseUrl: 'https://registry.example.com', protocol: 'grpc-web' }
 */
export type WebRegistryClientOptions = RegistryClientOptions & {
  /** What it speaks. Both do the same; Connect is plain JSON, and looks up with GET. Default: `connect`. */
  readonly protocol?: WebProtocol | undefined
}

/**
 * A client for browsers and whatever else has `fetch`, of one registry or of several in the order of their priority. A
 * registry on another origin than the page has to allow the page's: `waypost serve --cors-origin https://app.example.com`.
 *
 * @throws RegistryError `invalid_argument` where an option is not valid.
 * @example
 * const client = createRegistryClient({ baseUrl: 'https://registry.example.com' })
 */
export function createRegistryClient(options: WebRegistryClientOptions): RegistryClient {
  const { protocol = 'connect' } = options
  if (protocol !== 'connect' && protocol !== 'grpc-web') throw invalidOption('protocol', 'must be connect or grpc-web.')
  return composeClient(options, ({ baseUrl }) => createWebTransport(protocol, baseUrl))
}

/** How the client for browsers speaks; the conformance suite runs it with options of its own as well. */
export function createWebTransport(
  protocol: WebProtocol,
  baseUrl: string,
  options: Partial<ConnectTransportOptions> = {},
): Transport {
  const all = { ...options, baseUrl, interceptors: [sayUnavailable] }
  return protocol === 'connect' ? createConnectTransport({ ...all, useHttpGet: true }) : createGrpcWebTransport(all)
}

// `fetch` rejects with a TypeError for whatever keeps an answer from arriving, and Connect calls that `unknown`.
const sayUnavailable: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    if (!(error instanceof TypeError) || request.signal.aborted) throw error
    const text = `${error.message} (no connection, or an answer that CORS keeps from this page)`
    throw new ConnectError(text, Code.Unavailable, undefined, undefined, error)
  }
}
