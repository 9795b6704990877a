import { AggregatorRegistry, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client'
import { BUCKETS, type Durations } from './durations.ts'
import type { Family, Labels } from './family.ts'
import type { Count, ServerMetrics } from './server-metrics.ts'

/** All metrics of a process at one time, as plain data: a worker can send it to another process. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** Reads the metrics of this process. */
export type ReadMetrics = () => Promise<MetricsSnapshot>

/** The content type of the text of `formatMetrics`. */
export const metricsContentType: string = Registry.PROMETHEUS_CONTENT_TYPE

/** Makes the function that reads the metrics of this process: those of the server, and those of the process itself. */
export function exposeMetrics(metrics: ServerMetrics, version: string): ReadMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'waypost_build_info',
    help: 'The version of Waypost; the value is always 1.',
    labelNames: ['version'],
    aggregator: 'first',
    registers: [registry],
  }).set({ version }, 1)
  for (const family of [metrics.requests, metrics.calls, metrics.store, metrics.policy]) {
    register(registry, family, 'histogram', histogramValues)
  }
  for (const family of [metrics.lookups, metrics.changes]) register(registry, family, 'counter', counterValues)
  return async () => (await registry.getMetricsAsJSON()).map(withWorstDelay)
}

// A worker whose event loop is blocked must not disappear in the average with idle ones.
function withWorstDelay(metric: MetricsSnapshot[number]): MetricsSnapshot[number] {
  const isDelay = metric.name.startsWith('nodejs_eventloop_lag_') && metric.aggregator === 'average'
  return isDelay ? { ...metric, aggregator: 'max' } : metric
}

/**
 * The text that Prometheus reads. Several snapshots are added up. Then metrics that have no sum are left out, and the delay
 * of the event loop is that of the process with the longest.
 */
export function formatMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const [first = []] = snapshots
  if (snapshots.length > 1) return AggregatorRegistry.aggregate([...snapshots]).metrics()
  const registry = new Registry()
  for (const metric of first) add(registry, metric)
  return registry.metrics()
}

/** The sum of several snapshots of the counters and durations of processes that have ended. */
export async function addUpCounts(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  const counts = snapshots.map((snapshot) => snapshot.filter(isCount))
  return counts.length > 1 ? AggregatorRegistry.aggregate(counts).getMetricsAsJSON() : (counts[0] ?? [])
}

// Gauges tell the present state, which a process that has ended does not have.
function isCount({ type }: MetricsSnapshot[number]): boolean {
  return String(type) === 'counter' || String(type) === 'histogram'
}

/** A value in the text. The series of a histogram have different names. */
interface Value {
  readonly labels: Labels | Readonly<Record<string, string | number>>
  readonly value: number
  readonly metricName?: string
}

// The numbers are kept outside prom-client, which would look up the labels of each call. It reads them if it is asked.
function register<Series>(
  registry: Registry,
  family: Family<Series>,
  type: 'histogram' | 'counter',
  toValues: (name: string, labels: Labels, series: Series) => readonly Value[],
): void {
  const { name, help } = family
  const values = () => [...family].flatMap(([labels, series]) => toValues(name, labels, series))
  add(registry, { name, get: () => ({ name, help, type, aggregator: 'sum', values: values() }) })
}

// Of a metric, a registry needs its name and this function only.
function add(registry: Registry, metric: { readonly name: string; get?(): object }): void {
  const { name, get = () => metric } = metric
  registry.registerMetric({ name, get: async () => get() } as unknown as Metric)
}

function counterValues(_name: string, labels: Labels, { value }: Count): readonly Value[] {
  return [{ labels, value }]
}

function histogramValues(name: string, labels: Labels, { counts, sum }: Durations): readonly Value[] {
  let count = 0
  const buckets = counts.map((inBucket, index) => {
    count += inBucket
    return { metricName: `${name}_bucket`, labels: { ...labels, le: BUCKETS[index] ?? '+Inf' }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
