import type { RegistryError } from '../../domain/errors.ts'
import { checkClientOptions, webChecks } from '../calls/checks/client-checks.ts'
import { openClient } from '../calls/client.ts'
import { invalidOption } from '../calls/errors.ts'
import { createWebTransport } from '../transports/web-transport.ts'
import type { RegistryClient } from './registry-client.ts'
import type { WebRegistryClientOptions } from './web-client-options.ts'

/**
 * Creates a client for browsers and other platforms with `fetch`, of one registry or of several in the order of their
 * priority. A registry of another origin than the page must allow the page's origin:
 * `waypost serve --cors-origin https://app.example.com`.
 *
 * @throws {@link RegistryError} with the code `invalid_argument` if an option is not valid.
 * @example
 * const client = createRegistryClient({ baseUrl: 'https://registry.example.com', protocol: 'grpc-web' })
 */
export function createRegistryClient(options: WebRegistryClientOptions): RegistryClient {
  checkClientOptions(options, webChecks)
  const { protocol = 'connect', fetch } = options
  return openClient(options, ({ baseUrl, tls, tlsField, interceptors }) => {
    if (tls !== undefined) throw invalidOption(tlsField, 'is not available in browsers and workers; leave it out.')
    const all = { baseUrl, interceptors: [...interceptors], ...(fetch && { fetch }) }
    return { transport: createWebTransport(protocol, all), close: () => {} }
  })
}
