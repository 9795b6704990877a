import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/compose.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { type Consumer, installInEmptyProject } from './consumer.ts'

// These tests need the registry or the cache of npm, because they install the dependencies.

let consumer: Consumer
let storage: Storage
let server: RunningServer

beforeAll(async () => {
  consumer = await installInEmptyProject()
  storage = await sqliteStorage()
  server = await startInProcess(storage)
}, 300_000)

afterAll(async () => {
  await server?.close()
  await storage?.remove()
  await consumer?.remove()
})

const program = (entry: string) => `
import { createRegistryClient, formatPubSubId, parseSruid, RegistryError, type ServiceRevision } from '${entry}'

await using client = createRegistryClient({
  registries: [{ name: 'here', baseUrl: process.argv[2] ?? '', token: async ({ signal }) => String(signal.aborted) }],
  cache: { maxAge: 1_000 },
})
await client.register('my-org/my-service:1.2.9')
const revision: ServiceRevision = await client.get('my-org/my-service', { signal: AbortSignal.timeout(60_000) })
const error: unknown = await client.get('my-org/nothing').catch((caught: unknown) => caught)
const { code, reason } = error as RegistryError
const isOurs: boolean = error instanceof RegistryError
console.log(JSON.stringify([revision, isOurs, code, reason, parseSruid('a/b:1').name, formatPubSubId('a/b:1.2')]))
`

const protoProgram = `
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { create } from '@bufbuild/protobuf'
import { type Revision, Revision_View, RevisionSchema, ServiceRegistry } from 'waypost/proto'

const rpc = createClient(ServiceRegistry, createGrpcTransport({ baseUrl: process.argv[2] ?? '' }))
const request = { namespace: 'my-org', name: 'by-descriptors', revisionTag: '1.2.9' }
await rpc.register(request)
const { revision } = await rpc.get({ ...request, view: Revision_View.FULL })
const empty: Revision = create(RevisionSchema)
console.log(JSON.stringify([revision?.revisionTag, revision?.etag !== '', empty.revisionTag]))
process.exit()
`

const descriptors = `
import { create } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { type Revision, RevisionSchema, ServiceRegistry } from 'waypost/proto'

export const revision: Revision = create(RevisionSchema, { revisionTag: '1.2.9' })
export const get = (rpc: Client<typeof ServiceRegistry>) => rpc.get({ namespace: 'my-org', name: 'my-service' })
`

const serverProgram = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRegistryHandler, openStore } from 'waypost/server'

const store = await openStore('sqlite:packed.db')
const app = createServer(createRegistryHandler({ store })).listen(0, '127.0.0.1')
await once(app, 'listening')
const url = 'http://127.0.0.1:' + app.address().port + '/services/my-org/my-service'
const { status } = await fetch(url, { method: 'POST', body: '{"revision_tag": "1.2.9"}' })
console.log(status)
app.close()
app.closeAllConnections()
await store.close()
`

describe('the packed package in an empty project', () => {
  test.for(['waypost', 'waypost/web'])('an ESM program can use %s of the packed package', async (entry) => {
    // Node removes the types itself.
    await consumer.write('program.ts', program(entry))
    expect(JSON.parse(await consumer.run(process.execPath, 'program.ts', server.url))).toEqual([
      { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9', isDefault: true },
      true,
      'not_found',
      'SERVICE_NOT_FOUND',
      'b',
      'a.b.1-2',
    ])
  })

  test('the packed package has the descriptors of the API for a client with a custom transport', async () => {
    await consumer.write('program.ts', protoProgram)
    expect(JSON.parse(await consumer.run(process.execPath, 'program.ts', server.url))).toEqual(['1.2.9', true, ''])
  })

  test.for([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'the types of the package compile with module %s and moduleResolution %s and need no other types',
    async ([module, resolution]) => {
      await consumer.write('globals.d.ts', 'declare const process: { argv: string[] }')
      for (const text of [program('waypost'), program('waypost/web'), descriptors]) {
        await consumer.write('program.ts', text)
        await consumer.write('tsconfig.json', tsconfig(module, resolution))
        await consumer.runTool('tsc', '-p', '.')
      }
    },
  )

  test('the types of the package reveal a mistake', async () => {
    await consumer.write('program.ts', program('waypost').replace('maxAge', 'maximumAge'))
    await consumer.write('tsconfig.json', tsconfig('node16', 'node16'))
    await expect(consumer.runTool('tsc', '-p', '.')).rejects.toThrow("'maximumAge' does not exist")
  })

  test('the packed package has a command line that runs', async () => {
    expect(await consumer.run('npx', '--no-install', 'waypost', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    await consumer.run('npx', '--no-install', 'waypost', 'register', 'my-org/cli:1.0.0', '--registry', server.url)
    expect(await consumer.run('npx', '--no-install', 'waypost', 'get', 'my-org/cli', '--registry', server.url)).toBe(
      'my-org/cli:1.0.0 (default)\n',
    )
  })

  test('a registry of the packed package stores a revision', async () => {
    await consumer.write('server.mjs', serverProgram)
    expect(await consumer.run(process.execPath, 'server.mjs')).toBe('201\n')
  })

  test('the packed package is under 2 MB unpacked and contains only the intended files', () => {
    expect(consumer.unpackedSize).toBeLessThan(2_000_000)
    const other = /^(?:dist\/|proto\/|README\.md$|LICENSE$|package\.json$)/
    expect(consumer.files.filter((file) => !other.test(file))).toEqual([])
    expect(consumer.files).toContain('dist/src/client/web.js')
  })

  test('the installed package has no dependency that only development needs', async () => {
    const installed = await consumer.run('npm', 'ls', '--all', '--parseable')
    expect(installed).toContain('node_modules/@connectrpc/connect')
    expect(installed).not.toMatch(
      /node_modules\/(?:@bufbuild\/(?:buf|protoc-gen-es)|google-proto-files|vitest|typescript)/,
    )
  })

  test('publint finds no problem in the package', async () => {
    expect(await consumer.runTool('publint', 'run', consumer.tarball, '--strict')).toContain('All good!')
  })

  test('are-the-types-wrong finds no problem in the package', async () => {
    // The package is ESM only and does not support CommonJS or Node 10. The exit code covers everything else.
    const found = await consumer.runTool('attw', consumer.tarball, '--profile', 'esm-only', '--no-definitely-typed')
    for (const entry of ['waypost', 'waypost/web', 'waypost/proto', 'waypost/server', 'waypost/testing'])
      expect(found).toContain(`"${entry}"`)
  })
})

describe('a bundle', () => {
  test.for([
    ['waypost/web', 'browser'],
    ['waypost', 'node'],
  ] as const)('a bundle of parseSruid from %s contains nothing of Connect', async ([entry, platform]) => {
    const { modules, imports, code } = await consumer.bundle(`export { parseSruid } from '${entry}'`, platform)
    expect(modules.filter((module) => !module.startsWith('waypost/'))).toEqual([])
    expect(modules).toContain('waypost/dist/src/domain/sruid.js')
    expect(imports).toEqual([])
    expect(code.length).toBeLessThan(8_000)
  })

  test('a bundle of the client for browsers contains nothing of Node and is under 200 kB', async () => {
    const { code, imports, modules, warnings } = await consumer.bundle("export * from 'waypost/web'", 'browser')
    expect(warnings).toEqual([])
    expect(imports).toEqual([])
    expect(modules.filter((module) => module.includes('connect-web/')).length).toBeGreaterThan(0)
    expect(modules.filter((module) => /connect-node|mongodb|pino|commander/.test(module))).toEqual([])
    expect(code).not.toMatch(/["'`]node:|\brequire\(/)
    expect(code.length).toBeLessThan(200_000)
  })
})

function tsconfig(module = '', moduleResolution = ''): string {
  const options = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    skipLibCheck: false,
    types: [],
  }
  return JSON.stringify({
    compilerOptions: { ...options, module, moduleResolution },
    files: ['globals.d.ts', 'program.ts'],
  })
}
