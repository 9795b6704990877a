/**
 * Waypost inside another Node app: the request handler of a registry, and its parts.
 *
 * @module
 */
import { composeHandler, composeRegistry, openStore as openStoreAt } from './compose.ts'
import { parseBasePath } from './config/addresses.ts'
import { parseStore } from './config/store-location.ts'
import { parseEndpointSchemes } from './config/values.ts'
import {
  type BuiltInPolicyName,
  builtInPolicy,
  type DefaultPolicy,
  namedPolicy,
} from './domain/policies/default-policy.ts'
import { Readiness } from './server/health/readiness.ts'
import { NodeExchange } from './server/http/node-exchange.ts'
import type { NodeRequest, NodeResponse } from './server/http/node-http.ts'
import { defaultLimits } from './server/limits.ts'
import type { Store } from './store/store.ts'
import { type Logger, silentLogger } from './telemetry/logger.ts'
import { RequestObserver } from './telemetry/requests/observer.ts'

export type {
  BrokeredToken,
  CallTokenCaller,
  CallTokenEndpoint,
  CallTokenModule,
  CallTokenRequest,
} from './call-tokens/call-token-module.ts'
export { type FieldViolation, RegistryError } from './domain/errors.ts'
export type { Head } from './domain/head.ts'
export type { Entry, HeadSnapshot, Revision, Snapshot } from './domain/log.ts'
export type { BuiltInPolicyName, DefaultPolicy, ExtraFact, PolicyContext } from './domain/policies/default-policy.ts'
export type { ErrorCode, ErrorReason } from './domain/reasons.ts'
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
  /** The store of the registry. The handler does not close it. */
  readonly store: Store
  /**
   * Decides whether a new revision becomes the default if its registration does not say so: the name of a built-in
   * policy, or a function. A function runs in this thread. If it never returns, it blocks the app. It gets the recent tags
   * if its property `context` is `['recentTags']`. Default: `latest-semver`.
   */
  readonly defaultPolicy?: BuiltInPolicyName | DefaultPolicy
  /** The longest time that one decision of the policy may take, in milliseconds. Default: 1000. */
  readonly policyTimeLimitMs?: number
  /**
   * The schemes that endpoints of revisions may have in addition to the usual ones, such as `sip`. Default: none. The page
   * Configuration lists the usual ones.
   */
  readonly endpointSchemes?: readonly string[]
  /**
   * The path below which the app offers the registry, such as `/registry`, if the app passes requests with their whole
   * path. Default: none.
   */
  readonly basePath?: string
  /**
   * The origins whose web pages may change something, such as `https://app.example.com`. Pages of the registry's own
   * origin always may. Default: the handler does not check the origin, because the app around it decides. The app decides
   * about the header `Host`, too: behind a loopback address, it should serve only its own names.
   */
  readonly origins?: readonly string[]
  /** Receives the failures of the server. Default: the handler does not log them. */
  readonly log?: Logger
}

/**
 * Handles a request over HTTP/1.1 or HTTP/2. If the path is not one of the registry's, it calls `next`. Without `next`,
 * it answers 404.
 */
export type RegistryHandler = (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void) => void

/**
 * Makes a request handler that serves a registry, for `node:http`, `node:http2`, Express and compatible frameworks. It
 * serves Connect and gRPC-Web, gRPC over HTTP/2, the REST paths, `/openapi.json`, `/livez` and `/readyz`. It reads the
 * request's body itself, so put it before any body parser. Throws `ConfigError` if `basePath` or a scheme is not valid, and
 * `TypeError` if the policy asks for an unknown fact.
 *
 * @example
 * const store = await openStore('sqlite:waypost.db')
 * createServer(createRegistryHandler({ store })).listen(8080)
 */
export function createRegistryHandler(options: RegistryHandlerOptions): RegistryHandler {
  const { store, defaultPolicy = 'latest-semver', basePath = '', log = silentLogger } = options
  const policy = typeof defaultPolicy === 'string' ? builtInPolicy(defaultPolicy) : namedPolicy(defaultPolicy)
  const handle = composeHandler({
    deps: composeRegistry(store, policy, {
      policyTimeLimitMs: options.policyTimeLimitMs,
      endpointSchemes: parseEndpointSchemes(options.endpointSchemes?.join() ?? ''),
    }),
    log,
    limits: defaultLimits,
    basePath: parseBasePath(basePath),
    ownsRoot: false,
    readiness: new Readiness(store, log),
    hasReflection: true,
    // The app around the handler has its own CORS rules.
    corsOrigins: [],
    changingOrigins: options.origins,
    // The app around the handler has its own metrics and logs. It may have registered an SDK for traces.
    observer: new RequestObserver({ metrics: undefined, accessLog: undefined, scheme: 'http' }),
  })
  return (request, response, next) => handle(new NodeExchange(request, response), next)
}

/**
 * Opens a store at `sqlite:PATH` or at a MongoDB connection string. Rejects with a `ConfigError` if the location is not
 * valid, and with an `Error` if the store cannot be opened.
 */
export async function openStore(location: string): Promise<Store> {
  return openStoreAt(parseStore(location))
}
