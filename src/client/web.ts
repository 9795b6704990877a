/**
 * The client of Waypost registries, for browsers: the same, over `fetch`.
 *
 * @module
 */
export * from './shared.ts'
export { createRegistryClient, type WebRegistryClientOptions } from './web-client.ts'
export type { WebProtocol } from './web-transport.ts'
