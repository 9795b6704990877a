import { ServiceRegistry as generated } from '../../gen/waypost/v1/service_registry_pb.ts'

/**
 * The service of the API as Connect knows it, for a client over a transport of your own.
 *
 * @example
 * import { createClient } from '@connectrpc/connect'
 * import { createGrpcTransport } from '@connectrpc/connect-node'
 *
 * const transport = createGrpcTransport({ baseUrl: 'http://127.0.0.1:8080', idleConnectionTimeoutMs: 5_000 })
 * const rpc = createClient(ServiceRegistry, transport)
 * const { revision } = await rpc.get({ namespace: 'my-org', name: 'my-service' })
 */
export const ServiceRegistry: typeof generated = generated
