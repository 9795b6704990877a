import type { ServeConfig } from './config/serve-config.ts'
import type { StoreLocation } from './config/store-location.ts'
import { type ListenAddress, listenAt } from './listen-address.ts'
import { atStore } from './naming.ts'
import { SharedPort } from './server/listen/shared-port.ts'
import { openSharedStore, type SharedState, type WorkerFile } from './store/sqlite/sqlite-store.ts'
import { SharedWriter, type SharedWriterPort } from './store/sqlite/writer/shared-writer.ts'
import type { Logger } from './telemetry/logger.ts'
import type { MetricsSnapshot } from './telemetry/metrics/exposition.ts'

export type { PortPlace } from './server/listen/shared-port.ts'
export type { WorkerFile } from './store/sqlite/sqlite-store.ts'

// The primary process loads only these parts of a server, so that it starts fast.

/** The messages of a worker to the writer of the primary process. */
export type ToSharedWriter = Parameters<WorkerFile['channel']['send']>[0]

/** The messages of the writer to a worker. */
export type FromSharedWriter = Parameters<Parameters<SharedWriter['connect']>[0]>[0]

/** The file of the primary process. It owns the writer, the checkpoints and the identity of the file. */
export interface FileForWorkers {
  /** Its present state, for a worker that starts. */
  readonly shared: SharedState
  /** Connects a worker. `tell` gets the messages for it. */
  connect(tell: (message: FromSharedWriter) => void): SharedWriterPort
  /** Ends the writer. Call it after the workers have ended. */
  close(): Promise<void>
}

/**
 * Opens the file of a SQLite store for workers. Rejects if it cannot be used. Undefined for other stores, because each
 * worker has its own connections to them.
 */
export async function openFileForWorkers(location: StoreLocation): Promise<FileForWorkers | undefined> {
  if (location.kind !== 'sqlite') return undefined
  const writer = new SharedWriter()
  const store = await atStore(location, async () => openSharedStore(location.path, writer))
  return {
    get shared() {
      return store.shared
    },
    connect: (tell) => writer.connect(tell),
    close: () => store.close(),
  }
}

/** A worker asks for tokens. Each of them allows one call of a caller. */
export type { LeaseChannel, LeaseGrant, LeaseRequest } from './server/rates/lease-messages.ts'
/** Counts the calls of each caller to all workers. */
export { RateLeases } from './server/rates/rate-leases.ts'

/** The metrics of a worker at one time. */
export type { MetricsSnapshot } from './telemetry/metrics/exposition.ts'

/** The metrics of all workers, on a port of their own. */
export interface MetricsOfWorkers extends AsyncDisposable {
  /** Adds the counts of a worker that has ended to those of the others, so that no count becomes smaller. */
  keep(last: MetricsSnapshot): void
}

/** Serves the metrics of all workers if the settings want them. `read` reads those of the workers that run. */
export async function serveMetricsOfWorkers(
  { telemetry: { metrics: place }, allowedHosts }: ServeConfig,
  log: Logger,
  read: () => Promise<readonly MetricsSnapshot[]>,
): Promise<MetricsOfWorkers | undefined> {
  if (place === undefined) return undefined
  const { serveMetrics } = await import('./serve-metrics.ts')
  const { addUpCounts } = await import('./telemetry/metrics/exposition.ts')
  let ended = Promise.resolve<MetricsSnapshot>([])
  const served = await serveMetrics({ place, allowedHosts, log }, async () => {
    // A worker that ends meanwhile is still among those that run.
    const before = ended
    return [...(await read()), await before]
  })
  const keep = (last: MetricsSnapshot) => {
    ended = ended.then((before) => addUpCounts([before, last]))
  }
  return { keep, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}

/** The port of the primary process, which gives its connections to the workers. */
export interface PortForWorkers extends ListenAddress {
  readonly port: SharedPort
}

/** Listens on the address of the settings. Rejects if that is not possible. */
export async function openPortForWorkers(config: ServeConfig, log: Logger): Promise<PortForWorkers> {
  const port = new SharedPort(log)
  return { port, ...(await listenAt(config, (host, number) => port.listen(host, number))) }
}
