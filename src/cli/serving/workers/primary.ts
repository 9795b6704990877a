import type { ServeConfig } from '../../../config/serve-config.ts'
import {
  type MetricsOfWorkers,
  openFileForWorkers,
  openPortForWorkers,
  RateLeases,
  serveMetricsOfWorkers,
} from '../../../for-workers.ts'
import type { RunningServer } from '../../../start-server.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { Workers } from './workers.ts'

/**
 * Starts a server of several processes. This one, the primary process, serves no calls. It owns the port, the metrics and
 * the writer of a SQLite store, and keeps the workers running. Rejects as `startServer` does. `failed` rejects if the
 * workers end again and again right after their start.
 */
export async function startWorkers(
  config: ServeConfig,
  log: Logger,
): Promise<{ server: RunningServer; failed: Promise<never> }> {
  const opened = new AsyncDisposableStack()
  const close = () => opened.disposeAsync()
  let metrics: MetricsOfWorkers | undefined
  try {
    // The writer is closed last, because the workers have changes under way until they end.
    const file = await openFileForWorkers(config.store)
    opened.defer(async () => file?.close())
    const listen = async () => {
      metrics = opened.use(await serveMetricsOfWorkers(config, log, () => workers.readMetrics()))
      return openPortForWorkers(config, log)
    }
    const shared = { file, rates: new RateLeases(config.callerLimits?.rates ?? {}) }
    const workers = new Workers({ config, shared, listen, onMetricsEnd: (last) => metrics?.keep(last), log })
    opened.defer(() => workers.stop())
    const url = await workers.start()
    const failed = workers.failed.finally(close)
    failed.catch(() => {})
    return { server: { url, reload: () => workers.reload(), close }, failed }
  } catch (error) {
    await close()
    throw error
  }
}
