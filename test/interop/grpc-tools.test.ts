import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findTool, skipWithout } from '../support/tools.ts'

// These tools come from other projects and have no proto file. They learn about the API by reflection only.

const SERVICE = 'waypost.v1.ServiceRegistry'
const SERVICES = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  SERVICE,
]
const REVISION = { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9', isDefault: true }
const CA = fileURLToPath(new URL('../support/tls/ca.pem', import.meta.url))
const [CERT, KEY] = [CA.replace('ca.pem', 'server.pem'), CA.replace('ca.pem', 'server-key.pem')]

interface Output {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

async function call(tool: string, ...args: string[]): Promise<Output> {
  try {
    return { exitCode: 0, ...(await promisify(execFile)(tool, args, { timeout: 30_000 })) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string }
    if (typeof code !== 'number') throw error
    return { exitCode: code, stdout, stderr }
  }
}

function serverWith(...args: readonly string[]) {
  const running = {} as { storage: Storage; server: ServeProcess; address: string }
  beforeAll(async () => {
    running.storage = await sqliteStorage()
    running.server = await spawnServe(['--store', running.storage.location, ...args])
    running.address = new URL(running.server.url).host
  })
  afterAll(async () => {
    if (running.server.child.exitCode === null) await running.server.stop()
    await running.storage.remove()
  })
  return running
}

const lines = ({ stdout }: Output) => stdout.trim().split('\n')

const grpcurl = findTool('grpcurl')
const noGrpcurl = skipWithout(grpcurl !== undefined, 'the tests with grpcurl: grpcurl is not installed')
describe.skipIf(noGrpcurl)('grpcurl', () => {
  const clear = serverWith()
  const secured = serverWith('--tls-cert', CERT, '--tls-key', KEY)
  const silent = serverWith('--reflection', 'false')
  const plain = (...args: string[]) => call(grpcurl ?? '', '-plaintext', ...args)

  test('grpcurl lists the services and the methods of a service', async () => {
    expect(lines(await plain(clear.address, 'list'))).toEqual(SERVICES)
    const methods = ServiceRegistry.methods.map(({ name }) => `${SERVICE}.${name}`).sort()
    expect(lines(await plain(clear.address, 'list', SERVICE))).toEqual(methods)
  })

  test('grpcurl describes a service, a method, a message and an error detail', async () => {
    const describe = async (symbol: string) => (await plain(clear.address, 'describe', symbol)).stdout
    expect(await describe(SERVICE)).toContain('post: "/services/{namespace}/{name}"')
    expect(await describe(`${SERVICE}.Get`)).toContain('.waypost.v1.GetRequest')
    expect(await describe('waypost.v1.Revision')).toContain('optional bool is_default = 4')
    expect(await describe('google.rpc.ErrorInfo')).toContain('string reason = 1')
    expect(await describe('waypost.v1.Nothing')).toBe('')
  })

  test('grpcurl calls methods and shows the details of an error', async () => {
    const data = (fields: object) => ['-d', JSON.stringify(fields)]
    const service = { namespace: 'my-org', name: 'my-service' }
    const registered = await plain(...data({ ...service, revision_tag: '1.2.9' }), clear.address, `${SERVICE}/Register`)
    expect(JSON.parse(registered.stdout)).toEqual({ revision: REVISION })
    const found = await plain(...data(service), clear.address, `${SERVICE}/Get`)
    expect(JSON.parse(found.stdout)).toEqual({ revision: REVISION })
    const missing = await plain(...data({ ...service, name: 'nothing' }), clear.address, `${SERVICE}/Get`)
    expect(missing.stderr).toMatch(/Code: NotFound[\s\S]*SERVICE_NOT_FOUND/)
    expect((await plain(clear.address, `${SERVICE}/Nothing`)).stderr).toMatch(/does not include a method/)
  })

  test('grpcurl watches the health of the server until its own time limit', async () => {
    const watched = await plain('-max-time', '2', clear.address, 'grpc.health.v1.Health/Watch')
    expect(JSON.parse(watched.stdout)).toEqual({ status: 'SERVING' })
    expect(watched.stderr).toContain('DeadlineExceeded')
  })

  test('grpcurl lists the services over TLS', async () => {
    expect(lines(await call(grpcurl ?? '', '-cacert', CA, secured.address, 'list'))).toEqual(SERVICES)
  })

  test('grpcurl learns nothing if reflection is switched off', async () => {
    const { exitCode, stderr } = await plain(silent.address, 'list')
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('does not support the reflection API')
  })
})

const probe = findTool('grpc-health-probe')
const noProbe = skipWithout(probe !== undefined, 'the tests with grpc-health-probe: it is not installed')
describe.skipIf(noProbe)('grpc-health-probe', () => {
  const target = serverWith()

  test.each([
    ['the server', [], 0, 'status: SERVING'],
    ['the service', ['-service', SERVICE], 0, 'status: SERVING'],
    ['a service that does not exist', ['-service', 'nothing'], 3, 'NotFound'],
  ] as const)('grpc-health-probe reports the health of %s', async (_what, args, exitCode, says) => {
    const answer = await call(probe ?? '', '-addr', target.address, ...args)
    expect(answer.exitCode).toBe(exitCode)
    expect(answer.stdout + answer.stderr).toContain(says)
  })
})

describe('buf curl', () => {
  const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url))
  const target = serverWith()
  const curl = (...args: string[]) => call(buf, 'curl', '--http2-prior-knowledge', ...args)

  test('buf curl lists the methods', async () => {
    const methods = lines(await curl('--list-methods', target.server.url))
    expect(methods).toEqual(expect.arrayContaining([`${SERVICE}/Get`, `${SERVICE}/Register`]))
  })

  test.each(['connect', 'grpc', 'grpcweb'])('buf curl registers and gets over %s', async (protocol) => {
    const service = { namespace: 'my-org', name: `over-${protocol}` }
    const send = (method: string, fields: object) =>
      curl('--protocol', protocol, '--data', JSON.stringify(fields), `${target.server.url}/${SERVICE}/${method}`)
    await send('Register', { ...service, revisionTag: '1.2.9' })
    expect(JSON.parse((await send('Get', service)).stdout)).toEqual({
      revision: { ...REVISION, name: `over-${protocol}` },
    })
    const missing = await send('Get', { ...service, name: 'nothing' })
    const { code, details } = JSON.parse(missing.stderr) as { code: string; details: { type: string; value: string }[] }
    expect([code, details.map(({ type }) => type)]).toEqual(['not_found', ['google.rpc.ErrorInfo']])
    expect(fromBinary(ErrorInfoSchema, Buffer.from(details[0]?.value ?? '', 'base64'))).toMatchObject({
      ...{ reason: 'SERVICE_NOT_FOUND', domain: 'waypost', metadata: { service_exists: 'false' } },
    })
  })
})
