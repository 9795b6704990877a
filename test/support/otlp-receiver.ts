import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { recordOutput } from './token-search/recorder.ts'

/** A span, as OTLP sends it in JSON. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly status: { readonly code?: number }
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A collector that takes spans over HTTP. */
export interface OtlpReceiver extends AsyncDisposable {
  /** The value for `--otlp-endpoint`. */
  readonly endpoint: string
  readonly spans: ReceivedSpan[]
  /** The attributes of the processes that have sent spans. */
  readonly resources: Readonly<Record<string, unknown>>[]
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Starts a collector on a free port of 127.0.0.1. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const resources: Readonly<Record<string, unknown>>[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    recordOutput(body)
    const { resourceSpans = [] } = request.url === '/v1/traces' ? JSON.parse(body) : {}
    for (const { resource, scopeSpans } of resourceSpans) {
      resources.push(toRecord(resource.attributes))
      for (const scope of scopeSpans) {
        for (const span of scope.spans) spans.push({ ...span, attributes: toRecord(span.attributes) })
      }
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, resources },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function toRecord(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
