/**
 * The client of Waypost registries, for browsers and other platforms with `fetch`.
 *
 * @module
 */
export { createRegistryClient } from './api/web-client.ts'
export type { WebProtocol, WebRegistryClientOptions } from './api/web-client-options.ts'
export * from './shared.ts'
