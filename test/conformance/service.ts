import { setTimeout as sleep } from 'node:timers/promises'
import { create, type DescMessage, type DescMethodUnary, type Message, toBinary } from '@bufbuild/protobuf'
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt'
import { type Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import type { CallContext } from '../../src/server/call/context.ts'
import { type BoundMethod, defineMethod } from '../../src/server/call/method.ts'
import { readProtos } from './protos.ts'

// The service that the suite calls and describes in its protos. It answers as the request asks, and reports the
// request.

interface Header {
  readonly name: string
  readonly value: readonly string[]
}

interface ErrorDefinition {
  readonly code: Code
  readonly message?: string
  readonly details: readonly Any[]
}

/** The part that the definitions of an answer and of a stream of answers have in common. */
interface Definition {
  readonly responseHeaders: readonly Header[]
  readonly responseTrailers: readonly Header[]
  readonly responseDelayMs: number
}

interface UnaryDefinition extends Definition {
  readonly response:
    | { readonly case: 'responseData'; readonly value: Uint8Array }
    | { readonly case: 'error'; readonly value: ErrorDefinition }
    | { readonly case: undefined; readonly value?: undefined }
}

interface StreamDefinition extends Definition {
  readonly responseData: readonly Uint8Array[]
  readonly error?: ErrorDefinition
}

type Request<D> = Message & { readonly responseDefinition?: D }
type BidiRequest = Request<StreamDefinition> & { readonly fullDuplex: boolean }

/** The facts of a call that the service reports. */
type SeenContext = Pick<
  HandlerContext,
  'requestHeader' | 'responseHeader' | 'responseTrailer' | 'requestMethod' | 'url' | 'timeoutMs'
>

/** The fields from which a message of the suite is made. */
type Init = Record<string, unknown>

const { registry, message, service } = readProtos()
const RequestInfoSchema = message('ConformancePayload.RequestInfo')

/** The suite's unary methods, which go through the same pipeline as the registry's. */
export const conformanceMethods: readonly BoundMethod[] = ['unary', 'idempotentUnary'].map((name) =>
  defineMethod({
    method: service('ConformanceService').method[name] as DescMethodUnary,
    permission: null,
    resource: () => null,
    decode: (request) => request as Request<UnaryDefinition>,
    run: (_: undefined, request, context) => answerOnce([request], fromCallContext(context)),
    encode: (answer) => answer,
  }),
)

/** Adds the suite's streaming methods. */
export function addConformanceStreams(router: ConnectRouter): void {
  const { clientStream, serverStream, bidiStream } = service('ConformanceService').method
  const streams = { clientStream, serverStream, bidiStream }
  router.service(
    { ...service('ConformanceService'), method: streams, methods: Object.values(streams) } as never,
    {
      clientStream: async (requests: AsyncIterable<Request<UnaryDefinition>>, context: SeenContext) => {
        const all: Request<UnaryDefinition>[] = []
        for await (const request of requests) all.push(request)
        return answerOnce(all, context)
      },
      serverStream: (request: Request<StreamDefinition>, context: SeenContext) =>
        answerAll([request], request.responseDefinition, context),
      bidiStream: answerInTurn,
    } as never,
  )
}

async function answerOnce(requests: readonly Request<UnaryDefinition>[], context: SeenContext): Promise<Init> {
  const definition = requests[0]?.responseDefinition
  const requestInfo = describeRequests(requests, context)
  if (definition === undefined) return { payload: { requestInfo } }
  setMetadata(definition, context)
  await sleep(definition.responseDelayMs)
  const { response } = definition
  if (response.case === 'error') throw toConnectError(response.value, requestInfo)
  return { payload: { requestInfo, data: response.value ?? new Uint8Array() } }
}

async function* answerAll(
  requests: readonly Message[],
  definition: StreamDefinition | undefined,
  context: SeenContext,
): AsyncGenerator<Init> {
  if (definition === undefined) return
  setMetadata(definition, context)
  const requestInfo = describeRequests(requests, context)
  for (const [index, data] of definition.responseData.entries()) {
    await sleep(definition.responseDelayMs)
    yield { payload: index === 0 ? { data, requestInfo } : { data } }
  }
  if (definition.error === undefined) return
  throw toConnectError(definition.error, definition.responseData.length === 0 ? requestInfo : undefined)
}

async function* answerInTurn(requests: AsyncIterable<BidiRequest>, context: SeenContext): AsyncGenerator<Init> {
  const seen: BidiRequest[] = []
  let definition: StreamDefinition | undefined
  let sent = 0
  for await (const request of requests) {
    seen.push(request)
    definition ??= seen[0]?.responseDefinition
    if (!seen[0]?.fullDuplex) continue
    if (seen.length === 1 && definition) setMetadata(definition, context)
    const data = definition?.responseData[sent]
    // Only the error is left to send.
    if (data === undefined) break
    await sleep(definition?.responseDelayMs ?? 0)
    const requestInfo = sent++ === 0 ? describeRequests([request], context) : { requests: [toAny(request)] }
    yield { payload: { data, requestInfo } }
  }
  if (!seen[0]?.fullDuplex) return yield* answerAll(seen, definition, context)
  for (const data of definition?.responseData.slice(sent) ?? []) {
    await sleep(definition?.responseDelayMs ?? 0)
    yield { payload: { data, ...(sent++ === 0 ? { requestInfo: describeRequests(seen, context) } : {}) } }
  }
  if (definition?.error)
    throw toConnectError(definition.error, sent === 0 ? describeRequests(seen, context) : undefined)
}

function fromCallContext({ metadata, deadline }: CallContext): SeenContext {
  return {
    requestHeader: metadata.requestHeaders,
    responseHeader: metadata.responseHeaders,
    responseTrailer: metadata.responseTrailers,
    requestMethod: metadata.httpMethod,
    url: metadata.url,
    timeoutMs: () => (deadline === undefined ? undefined : deadline - Date.now()),
  }
}

function describeRequests(requests: readonly Message[], context: SeenContext): Init {
  const { requestHeader, requestMethod, url } = context
  const timeoutMs = context.timeoutMs()
  const queryParams = [...new URL(url).searchParams].map(([name, value]) => ({ name, value: [value] }))
  return {
    requestHeaders: [...requestHeader].map(([name, value]) => ({ name, value: [value] })),
    requests: requests.map(toAny),
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
    ...(requestMethod === 'GET' ? { connectGetInfo: { queryParams } } : {}),
  }
}

function setMetadata({ responseHeaders, responseTrailers }: Definition, context: SeenContext): void {
  for (const { name, value } of responseHeaders) for (const text of value) context.responseHeader.append(name, text)
  for (const { name, value } of responseTrailers) for (const text of value) context.responseTrailer.append(name, text)
}

function toConnectError(
  { code, message: text, details }: ErrorDefinition,
  requestInfo: Init | undefined,
): ConnectError {
  const error = new ConnectError(text ?? '', code)
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ''), value }))
  if (requestInfo) error.details.push({ desc: RequestInfoSchema, value: requestInfo })
  return error
}

function toAny(request: Message): Any {
  const desc = registry.getMessage(request.$typeName) as DescMessage
  return create(AnySchema, { typeUrl: `type.googleapis.com/${desc.typeName}`, value: toBinary(desc, request) })
}
