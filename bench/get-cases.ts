import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { GetRequestSchema, GetResponseSchema } from '../gen/waypost/v1/service_registry_pb.ts'
import { GRPC_HEADERS, grpcMessage } from './grpc.ts'
import { type Answer, type Request, send } from './request.ts'

/** A Get of the same revision over one protocol. */
export interface GetCase {
  readonly name: string
  readonly request: Request
  /** Reads the revision from an answer. Throws if any other part of the answer is wrong. */
  readonly revisionIn: (answer: Answer) => unknown
}

const SERVICE = { namespace: 'my-org', name: 'my-service' }
const RPC_PATH = '/waypost.v1.ServiceRegistry/Get'
const REST = { method: 'GET', paths: ['/services/my-org/my-service'], headers: {} } as const
const JSON_TYPE = { 'content-type': 'application/json' }

/** Get over each protocol. */
export const getCases = {
  grpc: {
    name: 'gRPC Get, HTTP/2',
    request: {
      ...{ version: 'HTTP/2', method: 'POST', paths: [RPC_PATH], headers: GRPC_HEADERS },
      body: grpcMessage(toBinary(GetRequestSchema, create(GetRequestSchema, SERVICE))),
    },
    revisionIn: revisionInGrpc,
  },
  connect: {
    name: 'Connect Get (POST, JSON), HTTP/1.1',
    request: {
      ...{ version: 'HTTP/1.1', method: 'POST', paths: [RPC_PATH] },
      headers: { ...JSON_TYPE, 'connect-protocol-version': '1' },
      body: Buffer.from(JSON.stringify(SERVICE)),
    },
    revisionIn: revisionInJson,
  },
  'connect-get': {
    name: 'Connect Get (GET, JSON), HTTP/1.1',
    request: { version: 'HTTP/1.1', method: 'GET', paths: [connectGetPath()], headers: {} },
    revisionIn: revisionInJson,
  },
  rest: { name: 'REST Get, HTTP/1.1', request: { version: 'HTTP/1.1', ...REST }, revisionIn: parseJson },
  'rest-http2': { name: 'REST Get, HTTP/2', request: { version: 'HTTP/2', ...REST }, revisionIn: parseJson },
} as const satisfies Readonly<Record<string, GetCase>>

/** Registers the revision that all cases ask for. */
export async function registerTheRevision(origin: string): Promise<void> {
  const body = Buffer.from('{"revision_tag": "1.2.9"}')
  const { status } = await send(origin, { ...REST, version: 'HTTP/1.1', method: 'POST', headers: JSON_TYPE, body })
  if (status !== 201) throw new Error(`registering answered ${status}`)
}

/** Sends the request once. Resolves with the answer. Rejects if it is not the revision. */
export async function requireRightAnswer(origin: string, { request, revisionIn }: GetCase): Promise<Answer> {
  const answer = await send(origin, request)
  const revision = JSON.stringify(answer.status === 200 ? revisionIn(answer) : answer.body.toString())
  const isRight = /^{"namespace":"my-org","name":"my-service","revision_?[tT]ag":"1.2.9","is_?[dD]efault":true}$/
  if (!isRight.test(revision)) throw new Error(`the answer is ${answer.status} ${revision}`)
  return answer
}

function connectGetPath(): string {
  const query = new URLSearchParams({ connect: 'v1', encoding: 'json', message: JSON.stringify(SERVICE) })
  return `${RPC_PATH}?${query}`
}

function parseJson({ body }: Answer): unknown {
  return JSON.parse(body.toString())
}

function revisionInJson({ body }: Answer): unknown {
  return JSON.parse(body.toString()).revision
}

function revisionInGrpc({ body, trailers }: Answer): unknown {
  if (trailers['grpc-status'] !== '0') return trailers
  const { namespace, name, revisionTag, isDefault } = fromBinary(GetResponseSchema, body.subarray(5)).revision ?? {}
  return { namespace, name, revisionTag, isDefault }
}
