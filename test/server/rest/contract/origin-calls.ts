import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { ErrorInfoSchema } from '../../../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { send } from './requests.ts'

/** The outcome of a call: `ok`, or the code or status of its error with the reason. */
export type Outcome = 'ok' | `${string} ${string}`

/** Calls a method that changes something and a method that reads, with the headers of a web page. */
export interface OriginCalls {
  /** Registers 1.0.0 of `my-org/{name}`. */
  register(url: string, name: string, headers: Readonly<Record<string, string>>): Promise<Outcome>
  /** Lists services. */
  list(url: string, headers: Readonly<Record<string, string>>): Promise<Outcome>
  /** The outcome of a call that the origin rule refuses. */
  readonly refused: Outcome
}

/** Each protocol: gRPC over HTTP/2, the others over HTTP/1.1. */
export const originCalls: Readonly<Record<string, OriginCalls>> = {
  REST: {
    register: async (url, name, headers) => restOutcome('POST', url, `/services/my-org/${name}`, headers),
    list: (url, headers) => restOutcome('GET', url, '/services', headers),
    refused: '403 ORIGIN_NOT_ALLOWED',
  },
  Connect: overTransport((baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' })),
  gRPC: overTransport((baseUrl) => createGrpcTransport({ baseUrl, idleConnectionTimeoutMs: 1 })),
  'gRPC-Web': overTransport((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
}

/** A Connect call by GET, for which a page needs no preflight. */
export const connectByGet = overTransport((baseUrl) =>
  createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }),
)

/** The same call with any path and verb over REST. */
export async function restOutcome(
  verb: string,
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown = { revision_tag: '1.0.0' },
): Promise<Outcome> {
  const answer = await send(url, verb, path, { headers, ...(verb !== 'GET' && { body }) })
  if (answer.status < 300) return 'ok'
  return `${answer.status} ${answer.body?.reason ?? answer.headers['waypost-reason']}`
}

function overTransport(open: (baseUrl: string) => Transport): OriginCalls {
  const outcome = async (call: Promise<unknown>): Promise<Outcome> => {
    try {
      await call
      return 'ok'
    } catch (cause) {
      const error = ConnectError.from(cause)
      const [info = create(ErrorInfoSchema)] = error.findDetails(ErrorInfoSchema)
      return `${Code[error.code]} ${info.reason || error.rawMessage}`
    }
  }
  return {
    register: (url, name, headers) =>
      outcome(
        createClient(ServiceRegistry, open(url)).register(
          { namespace: 'my-org', name, revisionTag: '1.0.0' },
          { headers },
        ),
      ),
    list: (url, headers) => outcome(createClient(ServiceRegistry, open(url)).listServices({}, { headers })),
    refused: 'PermissionDenied ORIGIN_NOT_ALLOWED',
  }
}
