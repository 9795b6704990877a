import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import { type ObservedServer, startObserved } from '../support/observed-server.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = trace.wrapSpanContext({ traceId: TRACE, spanId: 'b7ad6b7169203331', traceFlags: 1 })

let observed: ObservedServer

beforeAll(async () => {
  observed = await startObserved({ metrics: undefined, accessLog: true })
  // As an SDK does.
  const active = new AsyncLocalStorage<Context>()
  context.setGlobalContextManager({
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (given, run, self, ...args) => active.run(given, () => run.call(self as never, ...args)),
    bind: (_context, target) => target,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})

afterAll(async () => {
  for (const part of [context, propagation]) part.disable()
  await observed?.[Symbol.asyncDispose]()
})

/** The id of the trace of a request, as the server has received it. */
async function traceIdOf(headers: Record<string, string> = {}): Promise<unknown> {
  await using client = createRegistryClient({ baseUrl: observed.server.url, headers })
  await client.get('my-org/my-service').catch(() => {})
  return Object.entries(observed.lines.at(-1)?.fields ?? {}).find(([name]) => name === 'traceId')?.[1]
}

test('the client sends its place in the trace that is active', async () => {
  const inSpan = trace.setSpan(ROOT_CONTEXT, SPAN)
  expect(await context.with(inSpan, () => traceIdOf())).toBe(TRACE)
})

test('the client sends no place in a trace if none is active', async () => {
  expect(await traceIdOf()).toBeUndefined()
})

test('the client sends the traceparent that its caller has set, even if another trace is active', async () => {
  const own = '4bf92f3577b34da6a3ce929d0e0e4736'
  const headers = { Traceparent: `00-${own}-00f067aa0ba902b7-01` }
  expect(await context.with(trace.setSpan(ROOT_CONTEXT, SPAN), () => traceIdOf(headers))).toBe(own)
})
