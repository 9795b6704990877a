import { create, type DescField, fromJson, type Message, ScalarType, toJsonString } from '@bufbuild/protobuf'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { fieldError } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Service } from '../call/service.ts'
import { isServerFault, toHttpStatus, toRegistryError } from '../call/wire-errors.ts'
import { decodeJson, invalidRequest, jsonReadOptions, requireNames } from '../http/json.ts'
import {
  type NodeRequest,
  type NodeResponse,
  type PathHandler,
  refuseMethod,
  sendError,
  sendJson,
} from '../http/node-http.ts'
import { drain, readJsonBody } from '../http/request-body.ts'
import { type RestRoute, restResources, type Segment } from './routes.ts'

type Fields = Record<string, unknown>
type Rpc = (request: Message) => Promise<Fields>

/** Serves the RPCs over the REST routes that their `google.api.http` annotations describe. */
export function createRestHandler(service: Service, log: Logger): PathHandler {
  const rpcs = service as unknown as Readonly<Record<string, Rpc>>
  const resources = restResources(ServiceRegistry)
  return (request, response, path, query) => {
    const given = path.split('/').slice(1)
    const texts = resources.some(({ segments }) => fits(segments, given)) ? given : withoutDoubleSlash(given)
    const resource = resources.find(({ segments }) => fits(segments, texts))
    if (resource === undefined) return false
    const route = resource.routes.get(request.method ?? '')
    const rpc = route && rpcs[route.method.localName]
    if (route === undefined || rpc === undefined) refuseMethod(response, resource.allow)
    else void answer(route, rpc, { request, response, texts, query }, log)
    return true
  }
}

interface Call {
  readonly request: NodeRequest
  readonly response: NodeResponse
  /** The segments of the path, still percent-encoded. */
  readonly texts: readonly string[]
  readonly query: string
}

async function answer(route: RestRoute, rpc: Rpc, call: Call, log: Logger): Promise<void> {
  try {
    const message = create(route.method.output, await rpc(await decodeRequest(route, call)))
    sendJson(call.response, successStatus(message), encodeResponse(route, message))
  } catch (cause) {
    const error = toRegistryError(cause)
    if (isServerFault(error)) log.error({ err: error, rpc: route.method.name }, 'a REST call failed')
    sendError(call.response, toHttpStatus(error), error.message)
    drain(call.request)
  }
}

function fits(segments: readonly Segment[], texts: readonly string[]): boolean {
  return (
    segments.length === texts.length &&
    segments.every((segment, index) => !('literal' in segment) || segment.literal === texts[index])
  )
}

// Clients put a slash and a service behind the endpoint that they were given, and that may end with a slash of its own.
function withoutDoubleSlash(texts: readonly string[]): readonly string[] {
  return texts[1] === '' ? texts.toSpliced(1, 1) : texts
}

async function decodeRequest(route: RestRoute, call: Call): Promise<Message> {
  if (!route.hasBody)
    return decodeFields(route, { ...queryFields(route, call.query), ...pathFields(route, call.texts) })
  const body = await readJsonBody(call.request)
  const message = body.byteLength === 0 ? decodeFields(route, {}) : decodeJson(route.method.input, body)
  return Object.assign(message, pathFields(route, call.texts))
}

function decodeFields(route: RestRoute, fields: Fields): Message {
  try {
    requireNames(route.method.input, fields)
    return fromJson(route.method.input, fields as never, jsonReadOptions)
  } catch (error) {
    throw invalidRequest(error)
  }
}

function pathFields({ segments }: RestRoute, texts: readonly string[]): Fields {
  const fields: Fields = {}
  for (const [index, segment] of segments.entries()) {
    if ('field' in segment) fields[segment.field.localName] = percentDecode(segment.field, texts[index] ?? '')
  }
  return fields
}

// Once, and only here: a `%2F` in a segment becomes a slash that the grammar refuses, not another segment.
function percentDecode(field: DescField, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw fieldError('INVALID_REQUEST', field.name, `${field.name} has broken percent-encoding in the path.`)
  }
}

function queryFields({ method, segments }: RestRoute, query: string): Fields {
  const fields: Fields = {}
  if (query === '') return fields
  for (const [key, value] of new URLSearchParams(query)) {
    const field = method.input.fields.find(({ name, jsonName }) => name === key || jsonName === key)
    if (field === undefined || segments.some((segment) => 'field' in segment && segment.field === field)) continue
    if (field.localName in fields) {
      throw fieldError('INVALID_REQUEST', field.name, `${field.name} is given more than once in the query.`)
    }
    fields[field.localName] =
      field.scalar === ScalarType.BOOL && /^(true|false)$/.test(value) ? value === 'true' : value
  }
  return fields
}

// See `successStatuses`.
function successStatus(message: Message): number {
  const { replayed, validated } = message as { readonly replayed?: boolean; readonly validated?: boolean }
  return replayed === false && !validated ? 201 : 200
}

function encodeResponse({ method, responseField }: RestRoute, message: Message): string {
  if (responseField?.message === undefined) return toJsonString(method.output, message, { useProtoFieldName: true })
  const part = (message as unknown as Fields)[responseField.localName] as Message
  return toJsonString(responseField.message, part, { useProtoFieldName: true })
}
