import { setTimeout as sleep } from 'node:timers/promises'
import { setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import {
  create,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type Message,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf'
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt'
import { type CallOptions, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { compressionGzip } from '@connectrpc/connect-node'
import type { Encoding } from '../../src/client/transports/connect-codec.ts'
import { connectFromNode, nodeEncoding } from '../../src/client/transports/node-transport.ts'
import { createWebTransport } from '../../src/client/transports/web-transport.ts'
import { delimited, readDelimited } from './delimited.ts'
import { readProtos } from './protos.ts'

// The client program for the suite's runner. It makes the calls that the runner asks for, over the transport of the
// client for Node (`node`) or of the client for browsers (`web`), and reports their results.

interface Header {
  readonly name: string
  readonly value: readonly string[]
}

interface ClientRequest {
  readonly testName: string
  readonly protocol: number
  readonly codec: number
  readonly compression: number
  readonly host: string
  readonly port: number
  readonly serverTlsCert: Uint8Array
  readonly clientTlsCreds?: { readonly cert: Uint8Array; readonly key: Uint8Array }
  readonly messageReceiveLimit: number
  readonly method: string
  readonly requestHeaders: readonly Header[]
  readonly requestMessages: readonly Any[]
  readonly timeoutMs?: number
  readonly requestDelayMs: number
  readonly cancel?: {
    readonly cancelTiming:
      | { readonly case: 'beforeCloseSend'; readonly value: unknown }
      | { readonly case: 'afterCloseSendMs' | 'afterNumResponses'; readonly value: number }
      | { readonly case: undefined }
  }
}

type Init = Record<string, unknown>
type Method = (input: unknown, options: CallOptions) => Promise<Message> & AsyncIterable<Message>

/** With more calls at once, a slow machine would miss the deadline of two seconds for some of them. */
const CALLS_AT_ONCE = 8

/** The values of the suite's enums that are used here. */
const [GRPC_WEB, JSON_CODEC, GZIP] = [3, 2, 2]

const [platform] = process.argv.slice(2)
if (platform !== 'node' && platform !== 'web') throw new Error('usage: client.ts node|web')
const { message, service, registry } = readProtos()
const [RequestSchema, ResponseSchema] = [message('ClientCompatRequest'), message('ClientCompatResponse')]

const jsonEncoding: Encoding = {
  ...nodeEncoding,
  name: 'json',
  encode: (schema, message) => Buffer.from(toJsonString(schema, message, { registry })),
  decode: (schema, bytes) =>
    fromJsonString(schema, Buffer.from(bytes).toString(), { registry, ignoreUnknownFields: true }),
}

const requests = readDelimited(process.stdin)
await Promise.all(Array.from({ length: CALLS_AT_ONCE }, answerInTurn))

async function answerInTurn(): Promise<void> {
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const request = fromBinary(RequestSchema, next.value) as Message & ClientRequest
    const response = create(ResponseSchema, { testName: request.testName, result: await call(request) })
    process.stdout.write(delimited(toBinary(ResponseSchema, response)))
  }
}

async function call(request: ClientRequest): Promise<Init> {
  try {
    return { case: 'response', value: await observe(request) }
  } catch (error) {
    return { case: 'error', value: { message: String(error) } }
  }
}

async function observe(request: ClientRequest): Promise<Init> {
  const abort = new AbortController()
  const seen = { responseHeaders: [] as Header[], responseTrailers: [] as Header[], payloads: [] as unknown[] }
  const options: CallOptions = {
    headers: request.requestHeaders.flatMap(({ name, value }) => value.map((text): [string, string] => [name, text])),
    signal: abort.signal,
    onHeader: (headers) => seen.responseHeaders.push(...toHeaders(headers)),
    onTrailer: (trailers) => seen.responseTrailers.push(...toHeaders(trailers)),
    ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
  }
  try {
    for await (const { payload } of responses(request, options, abort) as AsyncIterable<Message & Init>) {
      seen.payloads.push(payload)
      const timing = request.cancel?.cancelTiming
      if (timing?.case === 'afterNumResponses' && timing.value === seen.payloads.length) abort.abort()
    }
    return seen
  } catch (cause) {
    const error = ConnectError.from(cause)
    if (seen.responseTrailers.length === 0) seen.responseTrailers.push(...toHeaders(error.metadata))
    return { ...seen, error: toError(error) }
  }
}

async function* responses(request: ClientRequest, options: CallOptions, abort: AbortController) {
  const desc = service('ConformanceService')
  const method = desc.methods.find(({ name }) => name === request.method)
  if (method === undefined) throw new Error(`no method ${request.method}`)
  const client = createClient(desc, transportFor(request)) as unknown as Readonly<Record<string, Method>>
  const invoke = client[method.localName]
  const messages = request.requestMessages.map((any) => fromBinary(method.input as DescMessage, any.value))
  const timing = request.cancel?.cancelTiming
  const cancelSoon = () => {
    if (timing?.case === 'afterCloseSendMs') setTimeout(() => abort.abort(), timing.value)
  }
  const input = async function* () {
    for (const one of messages) {
      await sleep(request.requestDelayMs)
      yield one
    }
    if (timing?.case === 'beforeCloseSend') abort.abort()
    cancelSoon()
  }
  const isStreamOfRequests = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming'
  if (!isStreamOfRequests) await sleep(request.requestDelayMs)
  const answer = invoke?.(isStreamOfRequests ? input() : messages[0], options)
  if (!isStreamOfRequests) cancelSoon()
  const isStreamOfResponses = method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming'
  if (isStreamOfResponses) yield* answer as AsyncIterable<Message>
  else yield await (answer as Promise<Message>)
}

function transportFor(request: ClientRequest): Transport {
  const { host, port, serverTlsCert, clientTlsCreds, messageReceiveLimit } = request
  const isTls = serverTlsCert.byteLength > 0
  const baseUrl = `${isTls ? 'https' : 'http'}://${host}:${port}`
  const text = (pem: Uint8Array) => Buffer.from(pem).toString()
  if (platform === 'web') {
    // The trusted certificates of `fetch` are those of the process. All servers of the suite have the same certificate.
    if (isTls) setDefaultCACertificates([text(serverTlsCert)])
    return createWebTransport(request.protocol === GRPC_WEB ? 'grpc-web' : 'connect', {
      ...codecOptions(request),
      baseUrl,
    })
  }
  const own = clientTlsCreds && { cert: text(clientTlsCreds.cert), key: text(clientTlsCreds.key) }
  const tls = isTls ? { ca: text(serverTlsCert), ...own } : undefined
  const encoding: Encoding = {
    ...(request.codec === JSON_CODEC ? jsonEncoding : nodeEncoding),
    gzip: request.compression === GZIP ? gzipSync : undefined,
    ...(messageReceiveLimit > 0 && { maxBytes: messageReceiveLimit }),
  }
  const streams = {
    ...codecOptions(request),
    // The library compresses messages that are larger than this. The suite expects that the empty one is compressed too.
    ...(request.compression === GZIP && { sendCompression: compressionGzip, compressMinBytes: -1 }),
    ...(messageReceiveLimit > 0 && { readMaxBytes: messageReceiveLimit }),
  }
  return connectFromNode({ baseUrl, tls, interceptors: [] }, encoding, streams).transport
}

function codecOptions({ codec }: ClientRequest) {
  return { useBinaryFormat: codec !== JSON_CODEC, jsonOptions: { registry } }
}

function toHeaders(headers: Headers): Header[] {
  return [...headers].map(([name, value]) => ({ name, value: [value] }))
}

function toError({ code, rawMessage, details }: ConnectError): Init {
  const anys = details.map((detail) =>
    create(AnySchema, 'type' in detail ? { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value } : {}),
  )
  return { code, message: rawMessage, details: anys }
}
