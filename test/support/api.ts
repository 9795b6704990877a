import { Agent } from 'node:http'
import { create, type DescMethodUnary, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf'
import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node'
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { requireTextForPeople } from './error-texts.ts'
import { type HttpAnswer, sendJson } from './send-json.ts'

/** An RPC of `ServiceRegistry`, by the name that the client has for it, such as `setDefault`. */
export type Method = keyof typeof ServiceRegistry.method

/** A message as JSON, with the keys of the proto, such as `revision_tag`. */
export type Fields = Readonly<Record<string, unknown>>

export type Protocol = 'Connect' | 'gRPC' | 'gRPC-Web' | 'REST'

/** Every RPC over one protocol, in the words that the protocols share. Connections are kept until it is closed. */
export interface Api {
  readonly protocol: Protocol
  /** Resolves with the response message. Rejects with an `ApiError` if the server refuses the call. */
  call(method: Method, request: Fields): Promise<Fields>
  /**
   * Makes the same call, and resolves with the server's answer, also if it is an error. Rejects only if there was none.
   */
  attempt(method: Method, request: Fields): Promise<Answer>
  close(): void
}

/** An answer of the server: the response message, or the error. */
export type Answer =
  | { readonly ok: true; readonly response: Fields; readonly status?: number }
  | { readonly ok: false; readonly error: ApiError }

/** The error that the server refused a call with. */
export class ApiError extends Error {
  /** In Connect's spelling; undefined over REST, which has only the status. */
  readonly code: string | undefined
  /** The HTTP status; undefined over gRPC and gRPC-Web. */
  readonly status: number | undefined
  /** The reason of the `google.rpc.ErrorInfo`, or of the body or the header of a REST answer. */
  readonly reason: string | undefined
  /** The fields that the error is about. */
  readonly fields: readonly string[]
  /** The metadata of the `google.rpc.ErrorInfo`, or of the body of a REST answer. */
  readonly metadata: Fields

  constructor(message: string, error: Partial<Pick<ApiError, 'code' | 'status' | 'reason' | 'fields' | 'metadata'>>) {
    super(message)
    this.code = error.code
    this.status = error.status
    this.reason = error.reason
    this.fields = error.fields ?? []
    this.metadata = error.metadata ?? {}
  }
}

/** The connection broke before there was an answer. Nobody knows whether the call was carried out. */
export class NoAnswer extends Error {}

/** Headers of every request of a client, such as its token. */
export type Headers = Readonly<Record<string, string>>

/** Opens a client of one protocol. */
export type OpenApi = (baseUrl: string, headers?: Headers) => Api

/** The protocols that the behaviour is tested over. */
export const apis = { Connect: openConnect, gRPC: openGrpc, REST: openRest } satisfies Record<string, OpenApi>

/** Every way that the server can be called. */
export const everyApi = {
  ...apis,
  'Connect by GET': (baseUrl: string, headers?: Headers) =>
    openTransport('Connect', createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }), { headers }),
  'Connect with protobuf over HTTP/2': (baseUrl: string, headers?: Headers) => {
    const sessionManager = new Http2SessionManager(baseUrl)
    const transport = createConnectTransport({ baseUrl, httpVersion: '2', sessionManager })
    return openTransport('Connect', transport, { headers, close: () => sessionManager.abort() })
  },
  'gRPC-Web': (baseUrl: string, headers?: Headers) =>
    openTransport('gRPC-Web', createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }), { headers }),
} satisfies Record<string, OpenApi>

/** Opens one client of each protocol of `apis`. */
export function openApis(baseUrl: string): Api[] {
  return Object.values(apis).map((open) => open(baseUrl))
}

/** Reads an answer of a REST route. */
export function readRestAnswer(method: Method, { status, text, headers }: HttpAnswer): Answer {
  const body = JSON.parse(text) as Fields
  if (status >= 400) return { ok: false, error: toRestError(status, body, headers) }
  const key = routes[method][2]
  const response = key === undefined ? body : { [key]: body }
  // Only the status tells a registration that was sent before from a new one.
  return {
    ok: true,
    status,
    response: method === 'register' && status === 200 ? { ...response, replayed: true } : response,
  }
}

/** Reads an answer of a unary Connect call with JSON. */
export function readConnectAnswer(method: Method, { status, text }: HttpAnswer): Answer {
  const body = JSON.parse(text) as Fields
  if (status !== 200) return { ok: false, error: toApiError(connectErrorOf(body), status) }
  const { output } = ServiceRegistry.method[method]
  return { ok: true, status, response: toFields(output, fromJson(output, body as JsonValue)) }
}

const TIMEOUT_MS = 20_000

// The request is sent as it is given, so that its values need not be of the right type.
function openConnect(baseUrl: string, headers?: Headers): Api {
  const agent = new Agent({ keepAlive: true })
  return openApi('Connect', {
    attempt: async (method, request) => {
      const path = `/${ServiceRegistry.typeName}/${ServiceRegistry.method[method].name}`
      return readConnectAnswer(method, await send(baseUrl, path, { body: request, headers, agent }))
    },
    close: () => agent.destroy(),
  })
}

function openGrpc(baseUrl: string, headers?: Headers): Api {
  const sessionManager = new Http2SessionManager(baseUrl)
  const transport = createGrpcTransport({ baseUrl, sessionManager })
  return openTransport('gRPC', transport, { headers, close: () => sessionManager.abort() })
}

function openRest(baseUrl: string, headers?: Headers): Api {
  const agent = new Agent({ keepAlive: true })
  return openApi('REST', {
    attempt: async (method, request) => {
      const { path, ...options } = toRestRequest(method, request)
      return readRestAnswer(method, await send(baseUrl, path, { ...options, headers, agent }))
    },
    close: () => agent.destroy(),
  })
}

interface TransportOptions {
  readonly headers?: Headers | undefined
  readonly close?: () => void
}

function openTransport(protocol: Protocol, transport: Transport, options: TransportOptions = {}): Api {
  const { headers, close = () => {} } = options
  return openApi(protocol, {
    attempt: async (name, request) => {
      const method: DescMethodUnary = ServiceRegistry.method[name]
      const input = fromJson(method.input, request as JsonValue)
      const send = () => transport.unary(method, undefined, TIMEOUT_MS, headers, input)
      try {
        const { message } = await sendAgainIfRefused(send)
        return { ok: true, response: toFields(method.output, message) }
      } catch (error) {
        return { ok: false, error: toApiError(ConnectError.from(error)) }
      }
    },
    close,
  })
}

function openApi(protocol: Protocol, { attempt, close }: Pick<Api, 'attempt' | 'close'>): Api {
  const call = async (method: Method, request: Fields) => {
    const answer = await attempt(method, request)
    if (answer.ok) return answer.response
    throw answer.error
  }
  return { protocol, call, attempt, close }
}

async function send(...[url, path, options]: Parameters<typeof sendJson>): Promise<HttpAnswer> {
  try {
    return await sendJson(url, path, { ...options, timeoutMs: TIMEOUT_MS })
  } catch (cause) {
    throw new NoAnswer('the connection broke', { cause })
  }
}

// A server that closes a connection refuses the streams that it has not begun. They are safe to send again on another
// connection (RFC 9113, section 8.7). The clients of gRPC do so; Connect's client does not.
async function sendAgainIfRefused<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (wasStreamRefused(error)) return send()
    throw error
  }
}

// Connect's client reports some of these errors as `internal`, and Node names the code only in the message.
function wasStreamRefused(error: unknown): boolean {
  return error instanceof Error && (error.message.includes('REFUSED_STREAM') || wasStreamRefused(error.cause))
}

function toFields(schema: DescMethodUnary['output'], message: Parameters<typeof toJson>[1]): Fields {
  return toJson(schema, message, { useProtoFieldName: true }) as Fields
}

/** The error that the body of a Connect answer describes. */
function connectErrorOf({ code, message, details = [] }: Fields): ConnectError {
  const known = Object.values(Code).filter((value) => typeof value === 'number')
  const number = known.find((each) => spellCode(each) === code) ?? Code.Unknown
  const error = new ConnectError(String(message ?? ''), number)
  error.details = (details as { type: string; value: string }[]).map(({ type, value }) => {
    return { type, value: Buffer.from(value, 'base64') }
  })
  return error
}

function toApiError(error: ConnectError, status?: number): ApiError {
  // A cause means that the client itself failed, such as with a connection that broke.
  if (error.cause === undefined) requireTextForPeople(error.rawMessage)
  const [info = create(ErrorInfoSchema)] = error.findDetails(ErrorInfoSchema)
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  return new ApiError(error.rawMessage, {
    ...{ code: spellCode(error.code), status, metadata: info.metadata },
    reason: info.reason === '' ? undefined : info.reason,
    fields: violations.map(({ field }) => field),
  })
}

function toRestError(status: number, body: Fields, headers: HttpAnswer['headers']): ApiError {
  const { error, reason = headers['waypost-reason'], fields = [], metadata = {} } = body
  return new ApiError(String(error), {
    ...{ status, metadata: metadata as Fields, reason: reason as string | undefined },
    fields: (fields as { field: string }[]).map(({ field }) => field),
  })
}

function spellCode(code: Code): string {
  return (Code[code] ?? '').replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}

/** The documented REST routes. They are written down again here, so that the tests check the server's own mapping. */
const routes: Readonly<Record<Method, readonly [verb: string, path: string, responseKey?: string]>> = {
  register: ['POST', '/services/{namespace}/{name}', 'revision'],
  get: ['GET', '/services/{namespace}/{name}', 'revision'],
  setDefault: ['PUT', '/services/{namespace}/{name}/default', 'service'],
  clearDefault: ['DELETE', '/services/{namespace}/{name}/default', 'service'],
  setAlias: ['PUT', '/services/{namespace}/{name}/aliases/{alias}', 'alias'],
  getAlias: ['GET', '/services/{namespace}/{name}/aliases/{alias}', 'alias'],
  deleteAlias: ['DELETE', '/services/{namespace}/{name}/aliases/{alias}'],
  listAliases: ['GET', '/services/{namespace}/{name}/aliases'],
  setRollout: ['PUT', '/services/{namespace}/{name}/rollout'],
  getRollout: ['GET', '/services/{namespace}/{name}/rollout'],
  endRollout: ['POST', '/services/{namespace}/{name}/rollout/end'],
  listChanges: ['GET', '/services/{namespace}/{name}/changes'],
  revert: ['POST', '/services/{namespace}/{name}/revert'],
  deprecate: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/deprecate', 'revision'],
  yank: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/yank'],
  undeprecate: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/undeprecate', 'revision'],
  unyank: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/unyank', 'revision'],
  updateRevision: ['PATCH', '/services/{namespace}/{name}/revisions/{revision_tag}', 'revision'],
  deleteRevision: ['DELETE', '/services/{namespace}/{name}/revisions/{revision_tag}'],
  listNamespaces: ['GET', '/namespaces'],
  listServices: ['GET', '/services'],
  listRevisions: ['GET', '/services/{namespace}/{name}/revisions'],
  testPolicy: ['GET', '/services/{namespace}/{name}/policy/{revision_tag}'],
  issueCallToken: ['POST', '/services/{namespace}/{name}/token'],
  whoAmI: ['GET', '/whoami'],
}

function toRestRequest(name: Method, request: Fields): { path: string; method: string; body?: Fields } {
  const [method, template] = routes[name]
  const rest = new Map(Object.entries(request))
  const path = template.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(rest.get(field) ?? '')
    rest.delete(field)
    return encodeURIComponent(value)
  })
  if (method !== 'GET' && method !== 'DELETE') return { path, method, body: Object.fromEntries(rest) }
  const query = new URLSearchParams([...rest].map(([field, value]) => [field, String(value)]))
  return { path: query.size > 0 ? `${path}?${query}` : path, method }
}
