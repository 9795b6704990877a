import { type Client, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'

/** What a caller got, in the words that the protocols share. */
export type Outcome =
  | { readonly revision: RevisionAnswer; readonly isNew?: boolean }
  | { readonly code: string; readonly message: string }

export interface RevisionAnswer {
  readonly namespace: string
  readonly name: string
  readonly revisionTag: string
  readonly isDefault: boolean
}

/** One way to call a registry. */
export interface Caller {
  register(service: string, tag: string, isDefault?: boolean): Promise<Outcome>
  get(service: string, tag?: string): Promise<Outcome>
}

/** Every protocol that a registry speaks, and how to call it there. */
export const callers: Readonly<Record<string, (baseUrl: string) => Caller>> = {
  REST: restCaller,
  'Connect with JSON over HTTP/1.1': (baseUrl) =>
    rpcCaller(createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false })),
  'Connect with GET over HTTP/1.1': (baseUrl) =>
    rpcCaller(createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true })),
  'Connect with protobuf over HTTP/2': (baseUrl) => rpcCaller(createConnectTransport({ baseUrl, httpVersion: '2' })),
  gRPC: (baseUrl) => rpcCaller(createGrpcTransport({ baseUrl })),
  'gRPC-Web over HTTP/1.1': (baseUrl) => rpcCaller(createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
}

function rpcCaller(transport: Transport): Caller {
  const client = createClient(ServiceRegistry, transport)
  return {
    register: (service, tag, isDefault) =>
      outcomeOf(
        client.register({ ...split(service), revisionTag: tag, ...(isDefault === undefined ? {} : { isDefault }) }),
      ),
    get: (service, tag = '') => outcomeOf(client.get({ ...split(service), revisionTag: tag })),
  }
}

async function outcomeOf(call: ReturnType<Client<typeof ServiceRegistry>['register' | 'get']>): Promise<Outcome> {
  try {
    const answer = await call
    const { namespace = '', name = '', revisionTag = '', isDefault } = answer.revision ?? {}
    const revision = { namespace, name, revisionTag, isDefault: isDefault as boolean }
    return 'replayed' in answer ? { revision, isNew: !answer.replayed } : { revision }
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error)
    return { code: snakeCase(Code[code]), message: rawMessage }
  }
}

function restCaller(baseUrl: string): Caller {
  const call = async (service: string, query: string, init?: RequestInit): Promise<Outcome> => {
    const response = await fetch(`${baseUrl}/services/${service}${query}`, init)
    const body = (await response.json()) as Record<string, unknown>
    if (!response.ok) return { code: restCodes[response.status] ?? `${response.status}`, message: String(body.error) }
    const { namespace, name, revision_tag: revisionTag, is_default: isDefault, ...more } = body
    const revision = { namespace, name, revisionTag, isDefault, ...more } as unknown as RevisionAnswer
    return init === undefined ? { revision } : { revision, isNew: response.status === 201 }
  }
  return {
    register: (service, tag, isDefault) =>
      call(service, '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ revision_tag: tag, is_default: isDefault }),
      }),
    get: (service, tag) => call(service, tag === undefined ? '' : `?revision_tag=${encodeURIComponent(tag)}`),
  }
}

const restCodes: Readonly<Record<number, string>> = {
  400: 'invalid_argument',
  404: 'not_found',
  409: 'already_exists',
  500: 'internal',
  503: 'unavailable',
}

function split(service: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = service.split('/')
  return { namespace, name }
}

function snakeCase(name = ''): string {
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}
