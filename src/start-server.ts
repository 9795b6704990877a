import type { Socket } from 'node:net'
import type { AccessControlFile } from './auth/access-control.ts'
import { composeHandler, composeRegistry, openMongo, openStore } from './compose.ts'
import type { MetricsPlace, ServeConfig } from './config/serve-config.ts'
import type { StoreLocation } from './config/store-location.ts'
import type { NamedPolicy } from './domain/policies/default-policy.ts'
import { listenAt } from './listen-address.ts'
import { measuredPolicy } from './measured/measured-policy.ts'
import { MeasuredStore } from './measured/measured-store.ts'
import { atStore, naming, newConfigError } from './naming.ts'
import { type OpenCallTokens, openCallTokens } from './open-call-tokens.ts'
import { OPEN_DOOR, openTo } from './open-door.ts'
import { packageVersion } from './package-version.ts'
import { type LoadedPolicy, loadPolicy } from './policy/load-policy.ts'
import type { RateLimiter } from './server/call/rate-limit.ts'
import { Readiness } from './server/health/readiness.ts'
import type { RequestHandler } from './server/http/handler.ts'
import { HostRule } from './server/http/host-rule.ts'
import { connectionRoom } from './server/listen/descriptors.ts'
import { createListener, type Listener } from './server/listen/listener.ts'
import { readTlsFiles, type TlsFilesWatch, watchTlsFiles } from './server/listen/tls-files.ts'
import type { LeaseChannel } from './server/rates/lease-messages.ts'
import { LeasedRateLimiter } from './server/rates/leased-rate-limiter.ts'
import { OwnRateLimiter } from './server/rates/own-rate-limiter.ts'
import type { UpgradableStore } from './store/forms/upgradable-store.ts'
import { openWorkerStore, type WorkerFile } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'
import type { Logger } from './telemetry/logger.ts'
import type { ReadMetrics } from './telemetry/metrics/exposition.ts'
import type { ServerMetrics } from './telemetry/metrics/server-metrics.ts'
import { type ExposedMetrics, startTelemetry, type Telemetry } from './telemetry/telemetry.ts'

/** How long a server that stops waits for the requests in flight, in milliseconds. */
const GRACE_MS = 10_000

const TLS_SETTINGS =
  '--tls-cert (WAYPOST_TLS_CERT), --tls-key (WAYPOST_TLS_KEY), --tls-client-ca (WAYPOST_TLS_CLIENT_CA)'

/** A registry that listens. */
export interface RunningServer {
  /** The URL of the registry, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** The URL of the metrics, such as `http://127.0.0.1:9464/metrics`; undefined: this process serves none. */
  readonly metricsUrl?: string | undefined
  /** Reads the metrics of this process; undefined: the process counts nothing. */
  readonly readMetrics?: ReadMetrics | undefined
  /** Reads the files of TLS, access, keys and modules again. Logs the outcome. If a new one cannot be used, the old one goes on. */
  reload(): void
  /** Waits up to 10 seconds for the requests in flight, then releases the port, the policy and the store. */
  close(): Promise<void>
}

/** The parts of a server that it has from the primary process, if it is one of several workers. */
export interface WorkerParts {
  /** The file of the primary process; undefined: the store is no file, so each worker opens it for itself. */
  readonly file: WorkerFile | undefined
  /** The connection to the counts of the calls of each caller. */
  readonly rates: LeaseChannel
}

/** A worker of a server. The primary process accepts its connections. */
export interface WorkerServer extends Omit<RunningServer, 'url' | 'metricsUrl'> {
  /** Tells on which address the primary process listens, before the first connection. */
  listensOn(address: string): void
  /** Serves a connection. Returns the number of connections. */
  accept(socket: Socket): number
}

/**
 * Starts a server. Rejects if the policy, the store or the TLS files cannot be used, or if it cannot listen. The
 * message names the setting. Nothing is left open.
 */
export function startServer(config: ServeConfig, log: Logger): Promise<RunningServer> {
  return opening(async (opened) => {
    const { listener, listensOn, metrics, server, stop } = await openParts(config, log, opened)
    const { url, address } = await listenAt(config, listener.listen)
    listensOn(address)
    opened.defer(stop)
    const place = config.telemetry.metrics
    const served = metrics && place && opened.use(await serveOwn(metrics, place, config.allowedHosts, log))
    return { ...server, url, metricsUrl: served?.url }
  })
}

/** Starts a worker of a server. Rejects as `startServer` does. */
export function startWorker(config: ServeConfig, log: Logger, worker: WorkerParts): Promise<WorkerServer> {
  return opening(async (opened) => {
    const { listener, listensOn, server, stop } = await openParts(config, log, opened, worker)
    opened.defer(stop)
    return { ...server, listensOn, accept: listener.accept }
  })
}

/** Opens something, and then closes it with all that was opened before. If it cannot be opened, closes those at once. */
async function opening<T>(open: (opened: AsyncDisposableStack) => Promise<T>): Promise<T & { close(): Promise<void> }> {
  const opened = new AsyncDisposableStack()
  try {
    return { ...(await open(opened)), close: () => opened.disposeAsync() }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** All parts of a server, except its port. */
async function openParts(config: ServeConfig, log: Logger, opened: AsyncDisposableStack, worker?: WorkerParts) {
  const telemetry = opened.adopt(await openTelemetry(config, log), (started) => started.stop())
  const { observer, metrics } = telemetry
  const policy = opened.adopt(await openPolicy(config, log), (loaded) => loaded.close())
  const tokens = opened.adopt(await openCallTokens(config, log), (open) => open.close())
  const store = opened.adopt(await openStoreToServe(config.store, log, worker), (open) => open.close())
  if (config.access.file !== undefined) requireRoomForActors(store)
  const access = await openAccess(config, log)
  if (access) opened.defer(() => access.close())
  const readiness = new Readiness(store, log)
  const hostRule = new HostRule(config.allowedHosts)
  const { basePath, endpointSchemes, corsOrigins, limits, callerLimits, tls } = config
  const handler = composeHandler({
    ...{
      deps: composeRegistry(...measured(store, policy, config, metrics?.counted), {
        endpointSchemes,
        callTokens: tokens.callTokens,
        limits: callerLimits,
      }),
      ...{ readiness, log, limits, basePath, observer },
      ...{ ownsRoot: true, publishedKeys: tokens.publishedKeys, rateLimiter: createRateLimiter(config, worker?.rates) },
    },
    ...{ hasReflection: config.reflection, corsOrigins, changingOrigins: corsOrigins, hostRule, access },
  })
  const listener = await naming(TLS_SETTINGS, openListener(handler, config, log), newConfigError)
  const watch = tls && opened.adopt(watchTlsFiles(tls, listener.replaceTls, log), ({ stop }) => stop())
  if (store.form === 2) warnOfOldForm(store, log)
  const server = { readMetrics: metrics?.read, reload: () => reloadFiles({ watch, access, tokens, policy }, log) }
  const stop = async () => {
    readiness.drain()
    await listener.close(GRACE_MS)
  }
  const listensOn = (address: string) => {
    hostRule.listensOn(address)
    if (openTo(config, address) === 'everybody') readiness.warnings = [OPEN_DOOR]
  }
  return { listener, listensOn, metrics, server, stop }
}

function createRateLimiter({ callerLimits, workers }: ServeConfig, channel?: LeaseChannel): RateLimiter | undefined {
  const { rates = {} } = callerLimits ?? {}
  if (rates.read === undefined && rates.write === undefined) return undefined
  return channel ? new LeasedRateLimiter({ rates, workers, channel }) : new OwnRateLimiter(rates)
}

function openTelemetry({ telemetry, tls }: ServeConfig, log: Logger): Promise<Telemetry> {
  const { metrics, accessLog: hasAccessLog, otlpEndpoint } = telemetry
  const scheme = tls === undefined ? 'http' : 'https'
  const hasMetrics = metrics !== undefined
  return startTelemetry({ hasMetrics, hasAccessLog, otlpEndpoint, scheme, version: packageVersion(), log })
}

// Without metrics, the store and the policy are called directly.
function measured(
  store: Store,
  policy: NamedPolicy,
  { store: { kind } }: ServeConfig,
  metrics: ServerMetrics | undefined,
): [Store, NamedPolicy] {
  if (metrics === undefined) return [store, policy]
  return [new MeasuredStore(store, kind, metrics), measuredPolicy(policy, metrics)]
}

// Loaded late, because the library for metrics is needed only here.
async function serveOwn({ read }: ExposedMetrics, place: MetricsPlace, allowedHosts: readonly string[], log: Logger) {
  const { serveMetrics } = await import('./serve-metrics.ts')
  return serveMetrics({ place, allowedHosts, log }, async () => [await read()])
}

// In form 2, an entry has only the name of its actor, and older servers on the store ask nobody who calls.
function requireRoomForActors({ form }: UpgradableStore): void {
  if (form === 3) return
  const remedy = 'end all servers of older versions, and run waypost upgrade --finish'
  const message = `--auth (WAYPOST_AUTH): the store has no room for who made a change, because its upgrade is not finished; ${remedy}.`
  throw newConfigError(message)
}

// Loaded late, because most servers on a laptop have no access control.
async function openAccess(config: ServeConfig, log: Logger): Promise<AccessControlFile | undefined> {
  const { file } = config.access
  if (file === undefined) return undefined
  const { openAccessControl } = await import('./auth/access-control.ts')
  return naming(
    '--auth (WAYPOST_AUTH)',
    openAccessControl(file, { log, publicUrl: config.callTokens.publicUrl }),
    newConfigError,
  )
}

function openPolicy({ defaultPolicy, workers }: ServeConfig, log: Logger): Promise<LoadedPolicy> {
  const setting = `--default-policy (WAYPOST_DEFAULT_POLICY) ${defaultPolicy}`
  return naming(setting, loadPolicy(defaultPolicy, log, workers), newConfigError)
}

function openStoreToServe(location: StoreLocation, log: Logger, worker?: WorkerParts): Promise<UpgradableStore> {
  return atStore(location, async () => {
    // A server begins to serve before all indexes exist.
    if (location.kind === 'mongodb') return openMongo(location.uri, { log, servesMeanwhile: true })
    return worker?.file ? openWorkerStore(location.path, worker.file) : openStore(location)
  })
}

async function openListener(handler: RequestHandler, { tls, limits }: ServeConfig, log: Logger): Promise<Listener> {
  const ownLimits = { ...limits, connections: connectionRoom() }
  return createListener(handler, { limits: ownLimits, tls: tls && readTlsFiles(tls), log })
}

function warnOfOldForm({ form }: UpgradableStore, log: Logger): void {
  log.warn(
    { form },
    'the upgrade of the store is not finished; run waypost upgrade --finish once no older version runs',
  )
}

/** The files that a server reads again when it is told to. */
interface ServerFiles {
  readonly watch: TlsFilesWatch | undefined
  readonly access: AccessControlFile | undefined
  readonly tokens: OpenCallTokens
  readonly policy: LoadedPolicy
}

function reloadFiles({ watch, access, tokens, policy: { name: policy, reload } }: ServerFiles, log: Logger): void {
  const hasFiles = watch ?? access ?? tokens.reload ?? reload
  if (hasFiles === undefined) log.info({}, 'the server has no files to read again')
  watch?.reload()
  access?.reload()
  tokens.reload?.()
  reload?.().then(
    () => log.info({ policy }, 'the policy module was reloaded'),
    (err) => log.error({ err, policy }, 'the policy module cannot be used, so the server keeps the previous one'),
  )
}
