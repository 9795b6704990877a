/**
 * Waypost inside another Node app: the request handler of a registry, and what it is built from.
 *
 * @module
 */
import { composeHandler, composeRegistry, openStore as openStoreAt, POLICY_TIME_LIMIT_MS } from './compose.ts'
import { parseBasePath, parseStore } from './config.ts'
import { type BuiltInPolicyName, builtInPolicy, type DefaultPolicy } from './domain/default-policy.ts'
import { ServingStatus } from './server/health/serving-status.ts'
import type { NodeRequest, NodeResponse } from './server/http/node-http.ts'
import { defaultLimits } from './server/limits.ts'
import type { Store } from './store/store.ts'
import { type Logger, silentLogger } from './telemetry/logger.ts'

export type { BuiltInPolicyName, DefaultPolicy, PolicyContext } from './domain/default-policy.ts'
export { type ErrorCode, type ErrorReason, type FieldViolation, RegistryError } from './domain/errors.ts'
export type { Head } from './domain/head.ts'
export type { Entry, HeadSnapshot, Revision, Snapshot } from './domain/log.ts'
export type { RevisionTag } from './domain/revision-tag.ts'
export type { Name, Namespace, ServiceId, Sruid } from './domain/sruid.ts'
export type { NodeRequest, NodeResponse } from './server/http/node-http.ts'
export type {
  AppendResult,
  LogPage,
  NamespacePage,
  RevisionPage,
  RevisionScan,
  RevisionSelector,
  ServicePage,
  ServiceSnapshot,
  Store,
} from './store/store.ts'
export type { Logger } from './telemetry/logger.ts'

export interface RegistryHandlerOptions {
  /** Where the registry is kept. It stays open; closing it is its opener's to do. */
  readonly store: Store
  /**
   * Whether a revision becomes the default where its registration does not say: a built-in policy's name, or a function.
   * A function runs in this thread, so one that never returns stops the app. Default: `latest-semver`.
   */
  readonly defaultPolicy?: BuiltInPolicyName | DefaultPolicy
  /** How long one decision of the policy may take, in milliseconds. Default: 1000. */
  readonly policyTimeLimitMs?: number
  /** Where the paths begin, where the app passes requests with their whole path, such as `/registry`. Default: none. */
  readonly basePath?: string
  /**
   * The origins whose web pages may change something, such as `https://app.example.com`. A page of the origin that a request
   * is sent to always may. Default: the origin is not checked, because the app around the handler decides that.
   */
  readonly origins?: readonly string[]
  /** Receives failures of the server. Default: they are not logged. */
  readonly log?: Logger
}

/** Handles a request of either HTTP version. What is not the registry's goes to `next`, or gets 404 without one. */
export type RegistryHandler = (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void) => void

/**
 * A request handler that serves a registry, for `node:http`, `node:http2`, Express and what works like them: Connect and
 * gRPC-Web (gRPC too, over HTTP/2), the REST paths, `/openapi.json`, `/livez` and `/readyz`. It reads the request's body
 * itself, so it goes before any body parser. Throws `ConfigError` for a base path that can't be one.
 *
 * @example
 * const store = await openStore('sqlite:waypost.db')
 * createServer(createRegistryHandler({ store })).listen(8080)
 */
export function createRegistryHandler(options: RegistryHandlerOptions): RegistryHandler {
  const { store, defaultPolicy = 'latest-semver', basePath = '', log = silentLogger } = options
  const policy =
    typeof defaultPolicy === 'string'
      ? builtInPolicy(defaultPolicy)
      : { name: defaultPolicy.name || 'defaultPolicy', decide: defaultPolicy }
  return composeHandler({
    deps: composeRegistry(store, policy, options.policyTimeLimitMs ?? POLICY_TIME_LIMIT_MS),
    log,
    limits: defaultLimits,
    basePath: parseBasePath(basePath),
    ownsRoot: false,
    status: new ServingStatus(store, log),
    hasReflection: true,
    // The app around has rules of its own.
    corsOrigins: [],
    changingOrigins: options.origins,
  })
}

/** Opens a store: `sqlite:PATH`, or a MongoDB connection string. Rejects where it can't be opened. */
export async function openStore(location: string): Promise<Store> {
  return openStoreAt(parseStore(location))
}
