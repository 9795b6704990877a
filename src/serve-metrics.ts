import type { MetricsPlace, ServeConfig } from './config/serve-config.ts'
import { naming } from './naming.ts'
import { HostRule } from './server/http/host-rule.ts'
import { createMetricsListener } from './server/metrics/metrics-listener.ts'
import type { Logger } from './telemetry/logger.ts'
import { formatMetrics, type MetricsSnapshot, metricsContentType } from './telemetry/metrics/exposition.ts'

/** A listener for metrics. */
export interface ServedMetrics extends AsyncDisposable {
  /** The URL, such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string
}

/** The settings of a listener for metrics. */
export interface MetricsSettings {
  readonly place: MetricsPlace
  readonly allowedHosts: ServeConfig['allowedHosts']
  readonly log: Logger
}

/**
 * Serves metrics at `/metrics` on a port of their own. `read` reads the metrics of each process of the server, which are
 * added up. Rejects if it cannot listen. The message names the settings.
 */
export async function serveMetrics(
  { place: { host, port }, allowedHosts, log }: MetricsSettings,
  read: () => Promise<readonly MetricsSnapshot[]>,
): Promise<ServedMetrics> {
  const hostRule = new HostRule(allowedHosts)
  const source = { contentType: metricsContentType, read: async () => formatMetrics(await read()) }
  const listener = createMetricsListener({ source, hostRule, log })
  const settings = `--metrics-host (WAYPOST_METRICS_HOST) ${host}, --metrics-port (WAYPOST_METRICS_PORT) ${port}`
  const bound = await naming(settings, listener.listen(host, port))
  // Prometheus asks an address. The hosts that the operator has named are those of the registry.
  hostRule.listensOn(bound.address, false)
  const url = `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}/metrics`
  log.info({ url }, 'the metrics are served')
  return { url, [Symbol.asyncDispose]: () => listener.close() }
}
