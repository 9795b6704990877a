import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { GetRequestSchema, GetResponseSchema } from '../../gen/waypost/v1/service_registry_pb.ts'
import { bucketOf } from '../../src/domain/rollout/bucket-of.ts'
import { BUCKETS } from '../../src/domain/rollout/rollout.ts'
import { type Bench, compare, type Row } from '../bench.ts'
import { getCases, registerTheRevision } from '../get-cases.ts'
import { type ExpectedGet, measureGets } from '../gets.ts'
import { grpcMessage } from '../grpc.ts'
import { loadTool } from '../load.ts'
import { type Request, send } from '../request.ts'
import { startWaypost } from '../servers.ts'

const SERVICE = { namespace: 'my-org', name: 'my-service' }
const PATH = '/services/my-org/my-service'
const SALT = 'bench'
const KEYS = 10_000

/** The tag of the default, and that of the candidate, which gets half of the callers. */
const TAGS = { default: '1.2.9', candidate: '2.0.0' } as const

/** Gets with a targeting key, beside Gets without one, while a rollout runs. */
export async function targetingKeys(bench: Bench): Promise<Row[]> {
  await using waypost = await startWaypost(join(bench.folder, 'rollout.db'))
  await beginRollout(waypost.origin)
  return [await overGrpc(bench, waypost.origin), await overRest(bench, waypost.origin)]
}

/** h2load sends one body, so each call has the same key, whose caller gets the candidate. */
async function overGrpc(bench: Bench, origin: string): Promise<Row> {
  const name = 'gRPC Get with a targeting key'
  const tool = loadTool('HTTP/2')
  if (tool === undefined) return { name, skipped: 'skipped, because h2load is not installed' }
  bench.say(name)
  const targetingKey = keys().find((key) => tagFor(key) === TAGS.candidate) ?? ''
  const { request: plain } = getCases.grpc
  const message = toBinary(GetRequestSchema, create(GetRequestSchema, { ...SERVICE, targetingKey }))
  const withKey = { ...plain, body: grpcMessage(message) }
  const measure = async (request: Request, tag: string) => {
    const answerBytes = await requireGrpcAnswer(origin, request, tag)
    return async (seconds: number) =>
      1_000_000 / (await tool.run({ origin, request, seconds, folder: bench.folder, answerBytes }))
  }
  const comparison = await compare(bench, {
    reference: await measure(plain, TAGS.default),
    ours: await measure(withKey, TAGS.candidate),
  })
  return { name, unit: 'µs', against: 'without one', ...comparison }
}

/** Each of many callers in turn. Both lists have the same length, so the load tool has the same work. */
async function overRest(bench: Bench, origin: string): Promise<Row> {
  const name = `${getCases.rest.name}, with a targeting key`
  const tool = loadTool('HTTP/1.1')
  if (tool === undefined) throw new Error('there is no load tool for HTTP/1.1')
  bench.say(name)
  const toGet = (query: string, tag: string): ExpectedGet => {
    const body = JSON.stringify({ ...SERVICE, revision_tag: tag, is_default: tag === TAGS.default })
    return { path: `${PATH}${query}`, body }
  }
  const withKeys = keys().map((key) => toGet(`?targeting_key=${key}`, tagFor(key)))
  const plain = keys().map(() => toGet('', TAGS.default))
  const comparison = await compare(bench, {
    reference: await measureGets(bench, tool, origin, plain),
    ours: await measureGets(bench, tool, origin, withKeys),
  })
  return { name, unit: 'µs', against: 'without one', ...comparison }
}

function keys(): string[] {
  return Array.from({ length: KEYS }, (_, index) => `user-${index}`)
}

// A new rollout has the lowest buckets.
function tagFor(key: string): string {
  return bucketOf(SALT, key) < BUCKETS / 2 ? TAGS.candidate : TAGS.default
}

async function beginRollout(origin: string): Promise<void> {
  await registerTheRevision(origin)
  await call(origin, 'Register', { revisionTag: TAGS.candidate, isDefault: false })
  const candidates = [{ revisionTag: TAGS.candidate, weight: BUCKETS / 2 }]
  await call(origin, 'SetRollout', { candidates, salt: SALT })
}

async function call(origin: string, method: string, message: object): Promise<void> {
  const { status, body } = await send(origin, {
    ...{ version: 'HTTP/1.1', method: 'POST', paths: [`/waypost.v1.ServiceRegistry/${method}`] },
    headers: { 'content-type': 'application/json', 'connect-protocol-version': '1' },
    body: Buffer.from(JSON.stringify({ ...SERVICE, ...message })),
  })
  if (status !== 200) throw new Error(`${method} answered ${status} ${body}`)
}

/** The bytes of the answer to a request. Throws if it is not this revision. */
async function requireGrpcAnswer(origin: string, request: Request, tag: string): Promise<number> {
  const { body, trailers } = await send(origin, request)
  const found = trailers['grpc-status'] === '0' ? fromBinary(GetResponseSchema, body.subarray(5)).revision : undefined
  if (found?.revisionTag !== tag) throw new Error(`the answer is ${found?.revisionTag} ${JSON.stringify(trailers)}`)
  return body.byteLength
}
