import { create, type DescMethodUnary, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf'
import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'
import { expect } from 'vitest'
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'

/** An RPC of `ServiceRegistry`, by the name that the client has for it, such as `setDefault`. */
export type Method = keyof typeof ServiceRegistry.method

/** A message as JSON, with the keys of the proto, such as `revision_tag`. */
export type Fields = Readonly<Record<string, unknown>>

/** Every RPC over one protocol, in the words that the protocols share. */
export interface Api {
  readonly protocol: string
  /** Resolves with the response message, or rejects with an `ApiError`. */
  call(method: Method, request: Fields): Promise<Fields>
}

/** What a call was refused with. */
export class ApiError extends Error {
  /** In Connect's spelling; over REST the HTTP status. */
  readonly code: string | number
  /** The reason of the `google.rpc.ErrorInfo`; undefined over REST, which has none. */
  readonly reason: string | undefined
  /** The fields of the `google.rpc.BadRequest`; undefined over REST, where the message has to name them. */
  readonly fields: readonly string[] | undefined

  constructor(message: string, code: string | number, reason?: string, fields?: readonly string[]) {
    super(message)
    this.code = code
    this.reason = reason
    this.fields = fields
  }
}

/** What a call has to be refused with. */
export interface ExpectedError {
  readonly code: keyof typeof httpStatuses
  readonly reason: string
  /** The field that the error is about. */
  readonly field?: string
  readonly message?: RegExp
}

/** The protocols that every behaviour is tested over, and how to speak them. */
export const apis: Readonly<Record<string, (baseUrl: string) => Api>> = {
  Connect: (baseUrl) =>
    rpcApi('Connect', createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false })),
  gRPC: (baseUrl) => rpcApi('gRPC', createGrpcTransport({ baseUrl })),
  REST: restApi,
}

/** Fails unless the call is refused in this way: with this code and reason, about this field. */
export async function expectRefusal(call: Promise<unknown>, expected: ExpectedError): Promise<void> {
  const error = await call.then(
    (answer) => new Error(`it was answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  )
  const { code, reason, field = '', message = /./ } = expected
  if (!(error instanceof ApiError)) throw error
  expect(error.message).toMatch(message)
  expect(error.message).toContain(field)
  if (typeof error.code === 'number') return expect(error.code, error.message).toBe(httpStatuses[code])
  expect([error.code, error.reason], error.message).toEqual([code, reason])
  if (field !== '') expect(error.fields, error.message).toContain(field)
}

const httpStatuses = {
  invalid_argument: 400,
  failed_precondition: 400,
  not_found: 404,
  already_exists: 409,
  aborted: 409,
  internal: 500,
} as const

function rpcApi(protocol: string, transport: Transport): Api {
  return {
    protocol,
    call: async (name, request) => {
      const method: DescMethodUnary = ServiceRegistry.method[name]
      const input = fromJson(method.input, request as JsonValue)
      try {
        const { message } = await transport.unary(method, undefined, 20_000, undefined, input)
        return toJson(method.output, message, { useProtoFieldName: true }) as Fields
      } catch (error) {
        throw toApiError(ConnectError.from(error))
      }
    },
  }
}

function toApiError(error: ConnectError): ApiError {
  const [info = create(ErrorInfoSchema)] = error.findDetails(ErrorInfoSchema)
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
  const code = (Code[error.code] ?? '').replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
  const fields = violations.map(({ field }) => field)
  return new ApiError(error.rawMessage, code, info.reason, fields)
}

/** The documented REST routes, written down again: what the tests hold the server's own mapping against. */
const routes: Readonly<Record<Method, readonly [verb: string, path: string, responseKey?: string]>> = {
  register: ['POST', '/services/{namespace}/{name}', 'revision'],
  get: ['GET', '/services/{namespace}/{name}', 'revision'],
  setDefault: ['PUT', '/services/{namespace}/{name}/default', 'service'],
  clearDefault: ['DELETE', '/services/{namespace}/{name}/default', 'service'],
  setAlias: ['PUT', '/services/{namespace}/{name}/aliases/{alias}', 'alias'],
  deleteAlias: ['DELETE', '/services/{namespace}/{name}/aliases/{alias}'],
  listAliases: ['GET', '/services/{namespace}/{name}/aliases'],
  deprecate: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/deprecate', 'revision'],
  yank: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/yank'],
  restore: ['POST', '/services/{namespace}/{name}/revisions/{revision_tag}/restore', 'revision'],
  updateRevision: ['PATCH', '/services/{namespace}/{name}/revisions/{revision_tag}', 'revision'],
  deleteRevision: ['DELETE', '/services/{namespace}/{name}/revisions/{revision_tag}'],
  listNamespaces: ['GET', '/namespaces'],
  listServices: ['GET', '/services'],
  listRevisions: ['GET', '/services/{namespace}/{name}/revisions'],
  testPolicy: ['GET', '/services/{namespace}/{name}/policy/{revision_tag}'],
}

function restApi(baseUrl: string): Api {
  return {
    protocol: 'REST',
    call: async (name, request) => {
      const [method, template, responseKey] = routes[name]
      const rest = new Map(Object.entries(request))
      const path = template.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
        const value = String(rest.get(field) ?? '')
        rest.delete(field)
        return encodeURIComponent(value)
      })
      const hasBody = method !== 'GET' && method !== 'DELETE'
      const query = new URLSearchParams(hasBody ? [] : [...rest].map(([field, value]) => [field, String(value)]))
      const response = await fetch(`${baseUrl}${path}${query.size > 0 ? `?${query}` : ''}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(hasBody && { body: JSON.stringify(Object.fromEntries(rest)) }),
      })
      const answer = (await response.json()) as Fields
      if (!response.ok) throw new ApiError(String(answer.error), response.status)
      return responseKey === undefined ? answer : { [responseKey]: answer }
    },
  }
}
