import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import type { ServeProcess } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { serveWithWorkers } from '../support/workers.ts'

const path = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url))
const pem = (name: string) => readFile(path(name), 'utf8')
const SUBJECT = 'CN=Deployer\\, blue,O=My Org\\, Inc.,C=GB'
const ci = makeToken('ci')

let storage: Storage
let folder: string
let server: ServeProcess
let ca: string
beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-certificates-'))
  ca = await pem('ca')
  const clientCa = join(folder, 'client-ca.pem')
  await writeFile(clientCa, ca + (await pem('deployer')))
  const grants = [{ permissions: ['register', 'read'], on: ['my-org/*'], to: { certificate: SUBJECT } }]
  const auth = await writeAccessFile(folder, { tokens: [ci], grants })
  const tls = ['--tls-cert', path('server'), '--tls-key', path('server-key'), '--tls-client-ca', clientCa]
  const args = [...tls, '--tls-client-auth', 'request', '--auth', auth, '--store', storage.location]
  server = await serveWithWorkers(2, args)
})
afterAll(async () => {
  await server.stop()
  await storage.remove()
  await rm(folder, { recursive: true })
})

interface Shown {
  readonly certificate?: string
  readonly token?: string
}

const protocols = {
  'Connect over HTTP/1.1': (nodeOptions: object) =>
    createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', nodeOptions }),
  'gRPC over HTTP/2': (nodeOptions: object) => createGrpcTransport({ baseUrl: server.url, nodeOptions }),
}

describe.each(Object.entries(protocols))('over %s, with two workers', (_protocol, toTransport) => {
  const clientWith = async ({ certificate, token }: Shown) => {
    const shown = certificate && { cert: await pem(certificate), key: await pem(`${certificate}-key`) }
    const registry = createClient(ServiceRegistry, toTransport({ ca, ...shown }))
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return { registry, options: { headers } }
  }
  const nameOf = async (shown: Shown) => {
    const { registry, options } = await clientWith(shown)
    return registry.whoAmI({}, options).then(
      ({ caller }) => caller?.name,
      (error) => (error as ConnectError).findDetails(ErrorInfoSchema)[0]?.reason,
    )
  }

  test('a certificate of an authority proves who calls', async () => {
    expect(await nameOf({ certificate: 'deployer' })).toBe(`certificate:${SUBJECT}`)
    expect(await nameOf({ certificate: 'client' })).toBe('certificate:CN=client')
  })

  test('a client without a certificate is anonymous', async () => {
    expect(await nameOf({})).toBe('anonymous')
  })

  test('a certificate that no authority has signed is refused', async () => {
    expect(await nameOf({ certificate: 'stranger' })).toBe('TOKEN_INVALID')
    expect(await nameOf({ certificate: 'expired' })).toBe('TOKEN_INVALID')
  })

  test('a token beside a certificate decides alone', async () => {
    expect(await nameOf({ certificate: 'deployer', token: ci.token })).toBe('token:ci')
    expect(await nameOf({ certificate: 'deployer', token: `${ci.token}x` })).toBe('TOKEN_INVALID')
    expect(await nameOf({ certificate: 'stranger', token: ci.token })).toBe('token:ci')
  })

  test('the grant of a certificate whose name has a comma counts', async () => {
    const revision = { namespace: 'my-org', name: 'my-service', revisionTag: '1.0.0' }
    const { registry, options } = await clientWith({ certificate: 'deployer' })
    expect(await registry.register(revision, options)).toMatchObject({ revision })
    const other = await clientWith({ certificate: 'client' })
    await expect(other.registry.register(revision, other.options)).rejects.toThrow('permission')
  })
})
