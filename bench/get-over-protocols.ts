import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { GetRequestSchema, GetResponseSchema } from '../gen/waypost/v1/service_registry_pb.ts'
import { type Bench, compare, type Row } from './bench.ts'
import { loadTool } from './load.ts'
import { type Answer, type Request, send } from './request.ts'
import { startBareListener, startWaypost } from './servers.ts'

interface Case {
  readonly name: string
  readonly request: Request
  /** Reads the revision from an answer. Throws if any other part of the answer is wrong. */
  readonly revisionIn: (answer: Answer) => unknown
  readonly target?: { readonly atLeast: number }
}

const SERVICE = { namespace: 'my-org', name: 'my-service' }
const RPC_PATH = '/waypost.v1.ServiceRegistry/Get'
const REST = { method: 'GET', paths: ['/services/my-org/my-service'], headers: {} } as const
const JSON_TYPE = { 'content-type': 'application/json' }

const cases: readonly Case[] = [
  { name: 'REST Get', request: { version: 'HTTP/1.1', ...REST }, revisionIn: parseJson, target: { atLeast: 0.5 } },
  { name: 'REST Get', request: { version: 'HTTP/2', ...REST }, revisionIn: parseJson },
  {
    name: 'Connect Get (GET, JSON)',
    request: { version: 'HTTP/1.1', method: 'GET', paths: [connectGetPath()], headers: {} },
    revisionIn: revisionInJson,
  },
  {
    name: 'Connect Get (POST, JSON)',
    request: {
      version: 'HTTP/1.1',
      method: 'POST',
      paths: [RPC_PATH],
      headers: { ...JSON_TYPE, 'connect-protocol-version': '1' },
      body: Buffer.from(JSON.stringify(SERVICE)),
    },
    revisionIn: revisionInJson,
  },
  {
    name: 'gRPC Get',
    request: {
      version: 'HTTP/2',
      method: 'POST',
      paths: [RPC_PATH],
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
      body: grpcMessage(toBinary(GetRequestSchema, create(GetRequestSchema, SERVICE))),
    },
    revisionIn: revisionInGrpc,
  },
]

/** Get over each protocol, beside a listener that only sends the same bytes. */
export async function getOverProtocols(bench: Bench): Promise<Row[]> {
  await using waypost = await startWaypost(join(bench.folder, 'get.db'))
  await registerTheRevision(waypost.origin)
  const rows: Row[] = []
  for (const current of cases) rows.push(await measure(bench, current, waypost.origin))
  return rows
}

async function measure(bench: Bench, { name, request, revisionIn, target }: Case, origin: string): Promise<Row> {
  const fullName = `${name}, ${request.version}`
  const tool = loadTool(request.version)
  if (tool === undefined) return { name: fullName, skipped: 'skipped, because h2load is not installed' }
  bench.say(fullName)
  const answer = await requireRightAnswer(origin, request, revisionIn)
  await using bare = await startBareListener(request.version, answer)
  await requireSameAnswer(bare.origin, request, answer)
  const load = { request, folder: bench.folder, answerBytes: answer.body.byteLength }
  const comparison = await compare(bench, {
    ours: (seconds) => tool.run({ ...load, origin, seconds }),
    reference: (seconds) => tool.run({ ...load, origin: bare.origin, seconds }),
  })
  await requireSameAnswer(origin, request, answer)
  const against = `bare ${request.version === 'HTTP/2' ? 'node:http2' : 'node:http'}, same bytes`
  return { name: fullName, unit: 'a second', against, ...(target && { target }), ...comparison }
}

async function registerTheRevision(origin: string): Promise<void> {
  const body = Buffer.from('{"revision_tag": "1.2.9"}')
  const { status } = await send(origin, { ...REST, version: 'HTTP/1.1', method: 'POST', headers: JSON_TYPE, body })
  if (status !== 201) throw new Error(`registering answered ${status}`)
}

async function requireRightAnswer(origin: string, request: Request, revisionIn: Case['revisionIn']): Promise<Answer> {
  const answer = await send(origin, request)
  const revision = JSON.stringify(answer.status === 200 ? revisionIn(answer) : answer.body.toString())
  const isRight = /^{"namespace":"my-org","name":"my-service","revision_?[tT]ag":"1.2.9","is_?[dD]efault":true}$/
  if (!isRight.test(revision)) throw new Error(`the answer is ${answer.status} ${revision}`)
  return answer
}

async function requireSameAnswer(origin: string, request: Request, expected: Answer): Promise<void> {
  const answer = await send(origin, request)
  if (JSON.stringify(answer) === JSON.stringify(expected)) return
  throw new Error(`the answers differ: ${JSON.stringify(answer)}, ${JSON.stringify(expected)}`)
}

function connectGetPath(): string {
  const query = new URLSearchParams({ connect: 'v1', encoding: 'json', message: JSON.stringify(SERVICE) })
  return `${RPC_PATH}?${query}`
}

// One byte for "not compressed", four bytes for the length, and the message.
function grpcMessage(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([prefix, message])
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
