import { file_google_rpc_error_details } from '../gen/google/rpc/error_details_pb.ts'
import { Health } from '../gen/health/v1/health_pb.ts'
import { ServiceRegistry } from '../gen/waypost/v1/service_registry_pb.ts'
import type { StoreLocation } from './config/store-location.ts'
import { type AccessControl, openAccess } from './domain/access/access-control.ts'
import type { NamedPolicy } from './domain/policies/default-policy.ts'
import { usualSchemes } from './domain/uri.ts'
import { newId, newSalt } from './identifiers.ts'
import { atStore } from './naming.ts'
import { packageVersion } from './package-version.ts'
import { type Redacted, type RedactOptions, redactStore } from './redact/redact-store.ts'
import type { RegistryDeps, RegistryLimits } from './registry/core/registry-deps.ts'
import { createChangeQueues } from './registry/queue/change-queues.ts'
import type { CallTokenIssuer } from './registry/tokens/call-token-issuer.ts'
import { bindMethods } from './server/call/method.ts'
import { registryMethods } from './server/call/methods/registry-methods.ts'
import { PageTurns } from './server/call/page-turns.ts'
import { CallPipeline } from './server/call/pipeline.ts'
import type { RateLimiter } from './server/call/rate-limit.ts'
import { addHealthWatch, healthMethods } from './server/health/grpc-health.ts'
import { createHttpHealth } from './server/health/http-health.ts'
import type { Readiness } from './server/health/readiness.ts'
import { createCorsGuard } from './server/http/cors.ts'
import { createHandler, type RequestHandler } from './server/http/handler.ts'
import type { HostRule } from './server/http/host-rule.ts'
import { createOriginRule } from './server/http/origin-rule.ts'
import { createWellKnown, type PublishedKeys } from './server/http/well-known.ts'
import type { Limits } from './server/limits.ts'
import { createOfrepHandler } from './server/ofrep/ofrep.ts'
import { createOpenApiHandler } from './server/rest/openapi.ts'
import { createRestHandler } from './server/rest/rest.ts'
import { createRootIndex } from './server/rest/root-index.ts'
import { addReflection } from './server/rpc/reflection.ts'
import { createRpcHandler } from './server/rpc/rpc.ts'
import type { Form } from './store/forms/stored-entry.ts'
import type { UpgradableStore, UpgradeResult } from './store/forms/upgradable-store.ts'
import type { MongoStoreOptions } from './store/mongodb/mongodb-store.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import { hasSqliteStore, withTemporaryStore } from './store/sqlite/temporary-store.ts'
import { finishSqliteUpgrade, formOfSqliteStore } from './store/sqlite/upgrade.ts'
import type { Store } from './store/store.ts'
import type { Logger } from './telemetry/logger.ts'
import type { RequestObserver } from './telemetry/requests/observer.ts'
import { exportLines } from './transfer/export.ts'
import { auditHistory, type OnUnreadable } from './transfer/history/audit-history.ts'
import { historyLines } from './transfer/history/export-history.ts'
import type { ImportEvents } from './transfer/import.ts'
import { importInput } from './transfer/import-input.ts'
import { withFrame } from './transfer/input/frame.ts'
import { readRecords } from './transfer/input/read-records.ts'
import type { Counts } from './transfer/outcome.ts'
import { rehearse } from './transfer/rehearsal.ts'
import { type Verified, type VerifyEvents, verifyHistory, verifyStore } from './verify/verify.ts'

/** How long one decision of a default policy may take, in milliseconds. */
const POLICY_TIME_LIMIT_MS = 1_000

/** The parts of a request handler that differ between a separate server and a handler inside an app. */
export interface HandlerParts {
  readonly deps: RegistryDeps
  readonly readiness: Readiness
  readonly log: Logger
  readonly limits: Limits
  /** See `HandlerOptions`. */
  readonly basePath: string
  /** See `HandlerOptions`. */
  readonly ownsRoot: boolean
  /** Whether clients may ask for the proto files. */
  readonly hasReflection: boolean
  /** The origins whose pages may call from a browser, such as `https://app.example.com`, or `*`. */
  readonly corsOrigins: readonly string[]
  /** Decides which hosts requests may be sent to; undefined: the app around the handler does. */
  readonly hostRule?: HostRule
  /** The origins whose pages may change something; undefined: the app around the handler checks the origin. */
  readonly changingOrigins: readonly string[] | undefined
  /** Decides who a caller is, and what it may do. Default: everybody may do everything. */
  readonly access?: AccessControl | undefined
  /** Bounds how many calls a caller may make; undefined: there is no bound. */
  readonly rateLimiter?: RateLimiter | undefined
  /** The keys with which others verify the tokens of this server; undefined: it signs none. */
  readonly publishedKeys?: PublishedKeys | undefined
  /** Observes every request; undefined: nobody does. */
  readonly observer?: RequestObserver
}

/** Opens the store at a location. */
export async function openStore(location: StoreLocation): Promise<UpgradableStore> {
  return location.kind === 'sqlite' ? openSqliteStore(location.path) : openMongo(location.uri)
}

// For one long run of reads or writes, in a process that should use little memory.
async function openStoreForBulk(location: StoreLocation): Promise<UpgradableStore> {
  return location.kind === 'sqlite' ? openSqliteStore(location.path, { isForBulk: true }) : openMongo(location.uri)
}

/**
 * Opens the store in MongoDB. The driver is loaded only if it is used, because it takes a large part of the time and the
 * memory at the start.
 */
export async function openMongo(uri: string, options: MongoStoreOptions = {}): Promise<UpgradableStore> {
  const { openMongoStore } = await import('./store/mongodb/mongodb-store.ts')
  return openMongoStore(uri, options)
}

/** The settings of a registry that have defaults. */
export interface RegistrySettings {
  /** The longest time for one decision of the policy, in milliseconds. Default: 1000. */
  readonly policyTimeLimitMs?: number | undefined
  /** The schemes that endpoints may have in addition to the usual ones. Default: none. */
  readonly endpointSchemes?: readonly string[] | undefined
  /** The most that callers may store. Default: no limits. */
  readonly limits?: RegistryLimits | undefined
  /** Issues tokens to call revisions. Default: the registry issues no tokens. */
  readonly callTokens?: CallTokenIssuer | undefined
}

/** Makes the dependencies of a registry's use cases from a store and a policy, with the machine's clock. */
export function composeRegistry(store: Store, policy: NamedPolicy, settings: RegistrySettings = {}): RegistryDeps {
  const { policyTimeLimitMs = POLICY_TIME_LIMIT_MS, endpointSchemes, callTokens, limits } = settings
  const changes = createChangeQueues(store)
  const schemes = toSchemes(endpointSchemes)
  const parts = { store, changes, policy, policyTimeLimitMs, endpointSchemes: schemes, callTokens, limits }
  return { ...parts, now: Date.now, newId, newSalt }
}

function toSchemes(others: readonly string[] = []): ReadonlySet<string> {
  return new Set([...usualSchemes, ...others])
}

/** Makes the request handler of a registry: the RPCs, REST and its description, OFREP, health and reflection. */
export function composeHandler(parts: HandlerParts): RequestHandler {
  const { deps, readiness, log, limits, basePath, ownsRoot, hasReflection, corsOrigins, changingOrigins } = parts
  const originRule = changingOrigins && createOriginRule(changingOrigins)
  const { access = openAccess, rateLimiter } = parts
  const pipeline = new CallPipeline({ log, originRule, access, rateLimiter, pages: new PageTurns(limits.pages) })
  const call = { methods: bindMethods(Object.values(registryMethods), deps), pipeline, limits, log }
  const service = ServiceRegistry.typeName
  const rpc = createRpcHandler({
    ...call,
    methods: [...call.methods, ...healthMethods(readiness, service)],
    streams: (router) => {
      addHealthWatch(router, readiness, service)
      if (hasReflection) addReflection(router, [ServiceRegistry, Health], [file_google_rpc_error_details])
    },
  })
  // At the root of an app, the index belongs to the app.
  const hasIndex = ownsRoot || basePath !== ''
  const index = hasIndex ? [createRootIndex({ name: 'waypost', version: packageVersion() }, basePath)] : []
  const wellKnown = parts.publishedKeys ? [createWellKnown(parts.publishedKeys)] : []
  return createHandler({
    ...{ basePath, ownsRoot, log, limits, observer: parts.observer },
    hostRule: parts.hostRule,
    guard: corsOrigins.length > 0 ? createCorsGuard(corsOrigins) : undefined,
    // The index comes last, so an RPC to the path of the index is refused as an unknown method.
    everywhere: [createHttpHealth(readiness, log), createOpenApiHandler(basePath), ...wellKnown, rpc, ...index],
    belowBasePath: [createRestHandler(call), createOfrepHandler({ deps, ...call })],
  })
}

/** The form that new entries of a store are written in. Rejects if there is no store at the location. */
export function formOfStore(location: StoreLocation): Promise<Form> {
  return atStore(location, async () => {
    if (location.kind === 'sqlite') return formOfSqliteStore(location.path)
    return (await import('./store/mongodb/upgrade.ts')).formOfMongoStore(location.uri)
  })
}

/**
 * Ends the writing of older forms in a store. From now on, processes of older versions fail. Rejects if there is no store
 * at the location.
 */
export function finishUpgrade(location: StoreLocation): Promise<UpgradeResult> {
  return atStore(location, async () => {
    if (location.kind === 'sqlite') return finishSqliteUpgrade(location.path)
    return (await import('./store/mongodb/upgrade.ts')).finishMongoUpgrade(location.uri)
  })
}

/** The listeners and the settings of an import. */
type ImportSettings = ImportEvents & Pick<RegistrySettings, 'endpointSchemes'>

/** Imports an input into a store, and reports the outcomes of its records to `events`. */
export function importInto(
  location: StoreLocation,
  input: AsyncIterable<Buffer>,
  settings: ImportSettings,
): Promise<Counts> {
  return withStore(location, (store) => importOpened(store, store.form === 3, input, settings))
}

/** Does as `importInto` does, except that nothing is stored: the import changes copies of the services in its input. */
export async function tryImportInto(
  location: StoreLocation,
  input: AsyncIterable<Buffer>,
  settings: ImportSettings,
): Promise<Counts> {
  // Opening a SQLite store would create its file.
  const isNew = await atStore(location, async () => location.kind === 'sqlite' && !hasSqliteStore(location.path))
  return withTemporaryStore((copy) => {
    if (isNew) return importOpened(copy, true, input, settings)
    return withStore(location, (store) => importOpened(rehearse(store, copy), store.form === 3, input, settings))
  })
}

function importOpened(
  store: Store,
  isUpgraded: boolean,
  input: AsyncIterable<Buffer>,
  { endpointSchemes, ...events }: ImportSettings,
) {
  const deps = { store, isUpgraded, endpointSchemes: toSchemes(endpointSchemes), now: Date.now, newId, newSalt }
  return importInput({ ...events, ...deps }, input)
}

/** Passes the present state of a store, or its history, to `write`, as batches of lines. */
export function exportFrom(
  location: StoreLocation,
  content: 'state' | 'history',
  write: (batches: AsyncIterable<readonly string[]>) => Promise<void>,
): Promise<void> {
  return withStore(location, (store) =>
    write(withFrame(content, content === 'history' ? historyLines(store) : exportLines(store))),
  )
}

/** Verifies everything in a store, and reports each problem and each note to `events`. */
export function verifyIn(location: StoreLocation, events: VerifyEvents): Promise<Verified> {
  return withStore(location, (store) => verifyStore(store, events))
}

/** Removes a person from everything in a store. */
export function redactIn(location: StoreLocation, options: RedactOptions): Promise<Redacted> {
  return withStore(location, (store) => redactStore(store, options))
}

/** Verifies a history, and reports each problem and each note to `events`. */
export function verifyFile(input: AsyncIterable<Buffer>, events: VerifyEvents): Promise<Verified> {
  const audit = (onUnreadable: OnUnreadable) => auditHistory(readRecords(input), onUnreadable)
  return verifyHistory(audit, { ...events, now: Date.now })
}

async function withStore<T>(location: StoreLocation, use: (store: UpgradableStore) => Promise<T>): Promise<T> {
  const store = await atStore(location, () => openStoreForBulk(location))
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
