import { composeClient } from './client.ts'
import { invalidOption } from './errors.ts'
import type { RegistryClientOptions } from './options.ts'
import type { RegistryClient } from './registry-client.ts'
import { createWebTransport, type WebProtocol } from './web-transport.ts'

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
