/**
 * The client of Waypost registries, for Node.
 *
 * @module
 */
export { createRegistryClient } from './api/node-client.ts'
export * from './shared.ts'
