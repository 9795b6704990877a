import type { RegistryError } from '../../domain/errors.ts'
import { checkClientOptions } from '../calls/checks/client-checks.ts'
import { openClient } from '../calls/client.ts'
import { checkTls } from '../transports/node-tls.ts'
import { connectFromNode } from '../transports/node-transport.ts'
import type { RegistryClientOptions } from './client-options.ts'
import type { RegistryClient } from './registry-client.ts'

/**
 * Creates a client for Node of one registry, or of several in the order of their priority. It speaks the Connect
 * protocol over HTTP/2, or over HTTP/1.1 if the server does not speak HTTP/2. Nothing is sent before the first call.
 *
 * @throws {@link RegistryError} with the code `invalid_argument` if an option is not valid.
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
  checkClientOptions(options)
  return openClient(options, (registry) => {
    if (registry.tls !== undefined) checkTls(registry.tls, registry.tlsField)
    return connectFromNode(registry)
  })
}
