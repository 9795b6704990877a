import type { NamedPolicy } from '../domain/policies/default-policy.ts'
import type { ServerMetrics } from '../telemetry/metrics/server-metrics.ts'
import { Stopwatch } from './stopwatch.ts'

/** Decides as another policy does, and measures how long its decisions take. */
export function measuredPolicy(policy: NamedPolicy, metrics: ServerMetrics): NamedPolicy {
  const watch = new Stopwatch(metrics.policy)
  const { name, compare } = policy
  return {
    name,
    get context() {
      return policy.context ?? []
    },
    ...(compare && { compare }),
    decide: async (candidate, context, signal) => {
      const begin = performance.now()
      try {
        return await policy.decide(candidate, context, signal)
      } finally {
        watch.count(begin)
      }
    },
    ...(policy.decideNow && {
      decideNow: (candidate, context) => {
        const begin = performance.now()
        try {
          // Its presence was tested above.
          return policy.decideNow?.(candidate, context) ?? false
        } finally {
          watch.count(begin)
        }
      },
    }),
  }
}
