import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { isFailure, toKnownMethod } from '../metrics/server-metrics.ts'
import type { AnsweredRequest, RequestFacts } from './facts.ts'

/** The provider of the API itself, which passes everything on to the provider of an SDK once there is one. */
interface ProxyProvider {
  getDelegateTracer?(name: string): Tracer | undefined
}

/** The tracer of the SDK that the process has registered. Undefined: it has none, so spans would be for nobody. */
export function registeredTracer(): Tracer | undefined {
  const provider: ProxyProvider & ReturnType<typeof trace.getTracerProvider> = trace.getTracerProvider()
  return provider.getDelegateTracer === undefined
    ? provider.getTracer('waypost')
    : provider.getDelegateTracer('waypost')
}

/**
 * Prepares the span of a request, which begins now. It is made on first use, because the app around the server may answer
 * the request, and a span without an end keeps some SDKs from sending its trace. Its parent is the active span, or else the
 * one that the request names.
 */
export function prepareSpan(tracer: Tracer, request: RequestFacts, scheme: string): () => Span {
  const [active, startTime] = [context.active(), performance.now()]
  return () => startSpan(tracer, request, { active, startTime, scheme })
}

interface SpanStart {
  readonly active: Context
  readonly startTime: number
  readonly scheme: string
}

function startSpan(
  tracer: Tracer,
  { method, target, headers, authority }: RequestFacts,
  { active, startTime, scheme }: SpanStart,
): Span {
  const parent = trace.getSpan(active) === undefined ? propagation.extract(ROOT_CONTEXT, headers) : active
  const attributes = {
    'http.request.method': toKnownMethod(method),
    'url.path': pathOf(target),
    'url.scheme': scheme,
    ...serverOf(authority),
  }
  return tracer.startSpan(toKnownMethod(method), { kind: SpanKind.SERVER, attributes, startTime }, parent)
}

/** Runs a function so that spans that begin in it are children of this one. */
export function within<T>(span: Span, run: () => T): T {
  return context.with(trace.setSpan(context.active(), span), run)
}

/** Ends the span of a request, named and described by OpenTelemetry's conventions. */
export function endSpan(span: Span, observation: AnsweredRequest, status: number): void {
  const { system, rpcMethod, request, route } = observation
  span.setAttribute('http.response.status_code', status)
  if (route !== '') span.setAttribute('http.route', route)
  if (system !== undefined && rpcMethod !== undefined) {
    span.updateName(rpcMethod)
    span.setAttributes({ 'rpc.system.name': system, 'rpc.method': rpcMethod, 'rpc.status_code': observation.wireCode })
    if (isFailure(observation.wireCode)) markFailed(span, observation.wireCode)
  } else {
    const method = toKnownMethod(request.method)
    span.updateName(route === '' ? method : `${method} ${route}`)
    if (status >= 500) markFailed(span, `${status}`)
  }
  span.end()
}

function markFailed(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR })
}

// The query can reveal which revision somebody looks for.
function pathOf(target: string): string {
  const mark = target.indexOf('?')
  return mark === -1 ? target : target.slice(0, mark)
}

function serverOf(authority: string | undefined): Attributes {
  const [, host, port] = /^(.+?)(?::(\d+))?$/.exec(authority ?? '') ?? []
  return host === undefined
    ? {}
    : { 'server.address': host, ...(port !== undefined && { 'server.port': Number(port) }) }
}
