import type { RequestFacts } from './facts.ts'
import { Observation, type Sinks } from './observation.ts'
import { prepareSpan, registeredTracer } from './spans.ts'

/** Observes the requests of a server for its metrics, its access log and the traces of the process. */
export class RequestObserver {
  readonly #sinks: Sinks
  readonly #observesAll: boolean

  constructor(sinks: Sinks) {
    this.#sinks = sinks
    this.#observesAll = sinks.metrics !== undefined || sinks.accessLog !== undefined
  }

  /** Begins to observe a request. Undefined: nobody wants to know of it, so observing it would be for nothing. */
  begin(request: RequestFacts): Observation | undefined {
    const tracer = registeredTracer()
    if (tracer === undefined) return this.#observesAll ? new Observation(this.#sinks, request, undefined) : undefined
    return new Observation(this.#sinks, request, prepareSpan(tracer, request, this.#sinks.scheme))
  }
}
