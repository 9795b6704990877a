import { composeHandler, composeRegistry, openMongo, openStore } from './compose.ts'
import { defaults, type ServeConfig, type StoreLocation } from './config.ts'
import type { NamedPolicy } from './domain/default-policy.ts'
import { measuredPolicy } from './measured/measured-policy.ts'
import { MeasuredStore } from './measured/measured-store.ts'
import { atStore, naming, newConfigError } from './naming.ts'
import { packageVersion } from './package-version.ts'
import { type LoadedPolicy, loadPolicy } from './policy/load-policy.ts'
import { Readiness } from './server/health/readiness.ts'
import type { RequestHandler } from './server/http/handler.ts'
import { HostRule } from './server/http/host-rule.ts'
import { connectionRoom } from './server/listen/descriptors.ts'
import { createListener, type Listener } from './server/listen/listener.ts'
import { readTlsFiles, type TlsFilesWatch, watchTlsFiles } from './server/listen/tls-files.ts'
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
  /** Reads the metrics of this process; undefined: there are none. */
  readonly readMetrics?: ReadMetrics | undefined
  /** Reads the TLS files and the policy module again. Logs the outcome. If a new one cannot be used, the old one goes on. */
  reload(): void
  /** Waits up to 10 seconds for the requests in flight, then releases the port, the policy and the store. */
  close(): Promise<void>
}

/** The parts of a server that it has from the primary process, if it is one of several workers. */
export interface WorkerParts {
  /** The file of the primary process; undefined: the store is no file, so each worker opens it for itself. */
  readonly file: WorkerFile | undefined
}

/**
 * Starts a server. Rejects if the policy, the store or the TLS files cannot be used, or if it cannot listen. The
 * message names the setting. Nothing is left open.
 */
export async function startServer(config: ServeConfig, log: Logger, worker?: WorkerParts): Promise<RunningServer> {
  const opened = new AsyncDisposableStack()
  try {
    const telemetry = opened.adopt(await openTelemetry(config, log), (started) => started.stop())
    const { observer, metrics } = telemetry
    const policy = opened.adopt(await openPolicy(config, log), (loaded) => loaded.close())
    const store = opened.adopt(await openStoreToServe(config.store, log, worker), (open) => open.close())
    const readiness = new Readiness(store, log)
    const hostRule = new HostRule(config.allowedHosts)
    const { basePath, endpointSchemes, corsOrigins, limits, tls } = config
    const handler = composeHandler({
      ...{
        deps: composeRegistry(...measured(store, policy, config, metrics?.counted), { endpointSchemes }),
        ...{ readiness, log, limits, basePath, observer },
        ownsRoot: true,
      },
      ...{ hasReflection: config.reflection, corsOrigins, changingOrigins: corsOrigins, hostRule },
    })
    const listener = await naming(TLS_SETTINGS, openListener(handler, config, log), newConfigError)
    const watch = tls && opened.adopt(watchTlsFiles(tls, listener.replaceTls, log), ({ stop }) => stop())
    const url = await listen(listener, config, hostRule)
    opened.defer(() => listener.close(GRACE_MS))
    opened.defer(() => readiness.drain())
    const served = metrics && worker === undefined ? opened.use(await serveOwn(metrics, config, log)) : undefined
    if (store.form === 2) warnOfOldForm(store, log)
    return {
      ...{ url, metricsUrl: served?.url, readMetrics: metrics?.read },
      reload: () => reloadFiles(watch, policy, log),
      close: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
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
async function serveOwn({ read }: ExposedMetrics, { telemetry, allowedHosts }: ServeConfig, log: Logger) {
  const { serveMetrics } = await import('./serve-metrics.ts')
  const place = telemetry.metrics ?? { host: defaults.metricsHost, port: 0 }
  return serveMetrics({ place, allowedHosts, log }, async () => [await read()])
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

/** Resolves with the URL. */
async function listen(listener: Listener, { host, port, tls }: ServeConfig, hostRule: HostRule): Promise<string> {
  const setting = `--host (WAYPOST_HOST) ${host}, --port (WAYPOST_PORT) ${port}`
  const bound = await naming(setting, listener.listen(host, port))
  hostRule.listensOn(bound.address)
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return `${tls === undefined ? 'http' : 'https'}://${shown}:${bound.port}`
}

function warnOfOldForm({ form }: UpgradableStore, log: Logger): void {
  log.warn(
    { form },
    'the upgrade of the store is not finished; run waypost upgrade --finish once no older version runs',
  )
}

function reloadFiles(tls: TlsFilesWatch | undefined, { name: policy, reload }: LoadedPolicy, log: Logger): void {
  if (tls === undefined && reload === undefined) log.info({}, 'the server has no files to read again')
  tls?.reload()
  reload?.().then(
    () => log.info({ policy }, 'the policy module was reloaded'),
    (err) => log.error({ err, policy }, 'the policy module cannot be used, so the server keeps the previous one'),
  )
}
