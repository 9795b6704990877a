import type { ServeConfig } from '../../../config.ts'
import { openFileForWorkers, openPortForWorkers } from '../../../for-workers.ts'
import type { RunningServer } from '../../../start-server.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import { Workers } from './workers.ts'

/**
 * Starts a server of several processes. This one, the primary process, serves nothing. It owns the port and the writer of
 * a SQLite store, and keeps the workers running. Rejects as `startServer` does. `failed` rejects if the workers end
 * again and again right after their start.
 */
export async function startWorkers(
  config: ServeConfig,
  log: Logger,
): Promise<{ server: RunningServer; failed: Promise<never> }> {
  const file = await openFileForWorkers(config.store)
  const workers = new Workers({ config, file, listen: () => openPortForWorkers(config, log), log })
  // The writer comes last, because the workers have changes under way until they end.
  const close = async () => {
    await workers.stop()
    await file?.close()
  }
  try {
    const url = await workers.start()
    const failed = workers.failed.finally(close)
    failed.catch(() => {})
    return { server: { url, reload: () => workers.reload(), close }, failed }
  } catch (error) {
    await close()
    throw error
  }
}
