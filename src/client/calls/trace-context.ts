/** The parts of OpenTelemetry that a process has registered. */
interface Registered {
  readonly context?: { active(): unknown }
  readonly propagation?: {
    inject(context: unknown, carrier: Record<string, string>, setter: Setter): void
  }
}

// All copies of `@opentelemetry/api` 1 in a process find each other here. Without that package, the client stays smaller and
// starts faster, and a process that traces nothing has nothing here.
const KEY = Symbol.for('opentelemetry.js.api.1')

interface Setter {
  set(carrier: Record<string, string>, name: string, value: string): void
}

const setter: Setter = {
  set: (carrier, name, value) => {
    carrier[name] = value
  },
}

/**
 * The headers of a request, with those that name the caller's place in a trace, such as `traceparent`, if a context of
 * OpenTelemetry is active. Headers that the caller has set itself are kept.
 */
export function withTraceContext(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { context, propagation } = (globalThis as { [KEY]?: Registered })[KEY] ?? {}
  if (context === undefined || propagation === undefined) return headers
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier, setter)
  return { ...carrier, ...headers }
}
