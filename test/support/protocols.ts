import { Agent, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { badFields, GrpcError, openGrpcClient } from './grpc-client.ts'

/** What a call was answered with, whatever the protocol. */
export type Answer = Success | Refusal

export interface Success {
  readonly ok: true
  /** The HTTP status; none over gRPC. */
  readonly status?: number
  /** With the keys of the REST contract. */
  readonly revision: Readonly<Record<string, unknown>>
}

export interface Refusal {
  readonly ok: false
  readonly status?: number
  /** In Connect's spelling; none over REST, which has only the status. */
  readonly code?: string
  readonly message: string
  /** The fields that the error's BadRequest names; none over REST, where the message has to. */
  readonly fields?: readonly string[]
}

/** A request for any protocol. Its values need not be of the right type. */
export interface Call {
  readonly namespace: unknown
  readonly name: unknown
  readonly revision_tag?: unknown
  readonly is_default?: unknown
}

/** A client of one protocol, that says what it was answered and never throws for a refusal. */
export interface Caller {
  readonly protocol: 'REST' | 'Connect' | 'gRPC'
  register(call: Call): Promise<Answer>
  get(call: Call): Promise<Answer>
  close(): void
}

/** One client of each protocol. They keep their connections. */
export function openCallers(url: string): Caller[] {
  return [restCaller(url), connectCaller(url), grpcCaller(url)]
}

function restCaller(url: string): Caller {
  const agent = new Agent({ keepAlive: true })
  const path = ({ namespace, name }: Call) =>
    `/services/${encodeURIComponent(String(namespace))}/${encodeURIComponent(String(name))}`
  return {
    protocol: 'REST',
    register: async (call) => {
      const { namespace: _, name: __, ...body } = call
      return restAnswer(await sendJson(url, path(call), body, { agent }))
    },
    get: async (call) => {
      const query =
        call.revision_tag === undefined ? '' : `?revision_tag=${encodeURIComponent(String(call.revision_tag))}`
      return restAnswer(await sendJson(url, path(call) + query, undefined, { agent }))
    },
    close: () => agent.destroy(),
  }
}

function connectCaller(url: string): Caller {
  const agent = new Agent({ keepAlive: true })
  const call = async (method: string, body: Call) =>
    connectAnswer(await sendJson(url, `/waypost.v1.ServiceRegistry/${method}`, body, { agent }))
  return {
    protocol: 'Connect',
    register: (body) => call('Register', body),
    get: (body) => call('Get', body),
    close: () => agent.destroy(),
  }
}

function grpcCaller(url: string): Caller {
  const client = openGrpcClient(url)
  const call = async (method: 'Register' | 'Get', request: Call): Promise<Answer> => {
    try {
      return { ok: true, revision: (await client.call(method, request)).revision }
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error
      return { ok: false, code: error.code, message: error.message, fields: error.fields }
    }
  }
  return {
    protocol: 'gRPC',
    register: (request) => call('Register', request),
    get: (request) => call('Get', request),
    close: client.close,
  }
}

/** A whole answer over HTTP/1.1. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

/** POSTs a value as JSON, or bytes as they are; without a body it is a GET. The path is sent as it is given. */
export function sendJson(url: string, path: string, body?: unknown, options: SendOptions = {}): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...{ hostname, port, path, method: body === undefined ? 'GET' : 'POST', agent: options.agent ?? false },
      headers: { 'content-type': 'application/json', ...options.headers },
    })
    request.on('error', reject).on('response', (response) => {
      text(response).then((whole) => resolve({ status: response.statusCode ?? 0, text: whole }), reject)
    })
    request.end(body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body))
  })
}

/** What an answer of the REST routes says. */
export function restAnswer({ status, text: body }: HttpAnswer): Answer {
  const json = JSON.parse(body) as Record<string, unknown>
  return status < 300 ? { ok: true, status, revision: json } : { ok: false, status, message: String(json.error) }
}

/** What an answer of a unary Connect call says. */
export function connectAnswer({ status, text: body }: HttpAnswer): Answer {
  const json = JSON.parse(body) as Record<string, never>
  if (status === 200) return { ok: true, status, revision: snakeCase(json.revision ?? {}) }
  const details = ((json.details ?? []) as { type: string; value: string }[]).map(({ type, value }) => ({
    type,
    value: Buffer.from(value, 'base64'),
  }))
  return { ok: false, status, code: String(json.code), message: String(json.message ?? ''), fields: badFields(details) }
}

// The JSON of Connect has the keys of protobuf's JSON mapping.
function snakeCase(revision: Record<string, unknown>): Record<string, unknown> {
  const rename = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(revision).map(([key, value]) => [rename(key), value]))
}
