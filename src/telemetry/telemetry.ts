import type { Logger } from './logger.ts'
import type { ReadMetrics } from './metrics/exposition.ts'
import { ServerMetrics } from './metrics/server-metrics.ts'
import { RequestObserver } from './requests/observer.ts'

/** The settings of the telemetry of a server. */
export interface TelemetryOptions {
  readonly hasMetrics: boolean
  readonly hasAccessLog: boolean
  /** The URL of a collector of traces; undefined: no traces are sent. */
  readonly otlpEndpoint: string | undefined
  /** The version of this server. */
  readonly version: string
  /** How clients reach the server. */
  readonly scheme: 'http' | 'https'
  readonly log: Logger
}

/** The metrics of this process. */
export interface ExposedMetrics {
  readonly counted: ServerMetrics
  readonly read: ReadMetrics
}

/** The parts of a server that let others see what it does. */
export interface Telemetry {
  readonly observer: RequestObserver
  /** Undefined: there are no metrics. */
  readonly metrics: ExposedMetrics | undefined
  /** Sends the last spans. */
  stop(): Promise<void>
}

/** Starts the telemetry of a process. The libraries for metrics and traces are loaded only if somebody wants them. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { hasMetrics, hasAccessLog, otlpEndpoint: endpoint, version, scheme, log } = options
  const metrics = hasMetrics ? await exposedMetrics(version) : undefined
  const tracing =
    endpoint === undefined ? undefined : (await import('./otlp.ts')).startTracing({ endpoint, version, log })
  const accessLog = hasAccessLog ? log : undefined
  return {
    observer: new RequestObserver({ metrics: metrics?.counted, accessLog, scheme }),
    metrics,
    stop: async () => tracing?.stop(),
  }
}

async function exposedMetrics(version: string): Promise<ExposedMetrics> {
  const { exposeMetrics } = await import('./metrics/exposition.ts')
  const counted = new ServerMetrics()
  return { counted, read: exposeMetrics(counted, version) }
}
