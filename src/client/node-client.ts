import { composeClient } from './client.ts'
import { createNodeTransport } from './node-transport.ts'
import type { RegistryClientOptions } from './options.ts'
import type { RegistryClient } from './registry-client.ts'

/**
 * A client for Node, of one registry or of several in the order of their priority, over the Connect protocol.
 *
 * @throws RegistryError `invalid_argument` where an option is not valid.
 * @example
 * const client = createRegistryClient({ baseUrl: 'http://127.0.0.1:8080' })
 * @example
 * const client = createRegistryClient({
 *   registries: [
 *     { name: 'own', baseUrl: 'https://registry.my-org.example', token: async () => 'an OIDC ID token' },
 *     { name: 'shared', baseUrl: 'https://registry.example.com' },
 *   ],
 *   cache: { maxAge: 10_000, staleIfError: 3_600_000 },
 * })
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  return composeClient(options, createNodeTransport)
}
