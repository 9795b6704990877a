import { type DiagLogger, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Logger } from './logger.ts'

/** The longest time for one request to the collector, and for the last spans when the server stops, in milliseconds. */
const EXPORT_MS = 3_000

/** The least time between two messages about spans that could not be exported, in milliseconds. */
const SILENCE_MS = 60_000

/** The traces of this process. */
export interface Tracing {
  /** Sends the last spans, and ends the tracing. */
  stop(): Promise<void>
}

/** The settings of the traces of a process. */
export interface TracingOptions {
  /** The URL of a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string
  /** The version of this server. */
  readonly version: string
  readonly log: Logger
}

/**
 * Registers an SDK of OpenTelemetry that sends the spans of this process to a collector. This module is loaded only if
 * somebody wants traces, because the SDK is large.
 */
export function startTracing({ endpoint, version, log }: TracingOptions): Tracing {
  diag.setLogger(diagnosticsIn(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_MS })
  const own = resourceFromAttributes({ 'service.name': 'waypost', 'service.version': version })
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_MS })],
  })
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(provider)
  return {
    stop: async () => {
      for (const part of [trace, propagation]) part.disable()
      // The server stops in any case.
      await provider
        .shutdown()
        .catch((error) => log.warn({ problem: String(error?.message) }, 'the spans could not be sent'))
      diag.disable()
    },
  }
}

// By the conventions of OTLP, an endpoint is the URL before the path of each kind of data.
function tracesUrl(endpoint: string): string {
  const url = endpoint.replace(/\/$/, '')
  return url.endsWith('/v1/traces') ? url : `${url}/v1/traces`
}

function diagnosticsIn(log: Logger): DiagLogger {
  let next = 0
  const tell = (text: string) => {
    if (Date.now() < next) return
    next = Date.now() + SILENCE_MS
    log.warn({ problem: toProblem(text) }, 'the spans could not be sent')
  }
  const ignore = () => {}
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }
}

// The SDK writes an error as JSON, with its stack.
function toProblem(text: string): string {
  try {
    return String(JSON.parse(text).message)
  } catch {
    return text
  }
}
