import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/compose.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { type Consumer, installInEmptyProject } from './consumer.ts'

// Needs npm's registry, or its cache: the dependencies are installed anew.

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

const client = createRegistryClient({
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

describe('the package, as npm packs it, in an empty project', () => {
  test.for(['waypost', 'waypost/web'])('works from an ESM program: %s', async (entry) => {
    // Node takes the types away by itself.
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

  test.for([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'has types that compile with module %s and moduleResolution %s, and need no others',
    async ([module, resolution]) => {
      await consumer.write('globals.d.ts', 'declare const process: { argv: string[] }')
      for (const entry of ['waypost', 'waypost/web']) {
        await consumer.write('program.ts', program(entry))
        await consumer.write('tsconfig.json', tsconfig(module, resolution))
        await consumer.runTool('tsc', '-p', '.')
      }
    },
  )

  test('has types that tell a mistake', async () => {
    await consumer.write('program.ts', program('waypost').replace('maxAge', 'maximumAge'))
    await consumer.write('tsconfig.json', tsconfig('node16', 'node16'))
    await expect(consumer.runTool('tsc', '-p', '.')).rejects.toThrow("'maximumAge' does not exist")
  })

  test('has a command line that runs', async () => {
    expect(await consumer.run('npx', '--no-install', 'waypost', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    await consumer.run('npx', '--no-install', 'waypost', 'register', 'my-org/cli:1.0.0', '--registry', server.url)
    expect(await consumer.run('npx', '--no-install', 'waypost', 'get', 'my-org/cli', '--registry', server.url)).toBe(
      'my-org/cli:1.0.0 (default)\n',
    )
  })

  test('is under 2 MB unpacked, with nothing in it but what is meant to be', () => {
    expect(consumer.unpackedSize).toBeLessThan(2_000_000)
    const other = /^(?:dist\/|proto\/|README\.md$|LICENSE$|package\.json$)/
    expect(consumer.files.filter((file) => !other.test(file))).toEqual([])
    expect(consumer.files).toContain('dist/src/client/web.js')
  })

  test('brings no package that only its development needs', async () => {
    const installed = await consumer.run('npm', 'ls', '--all', '--parseable')
    expect(installed).toContain('node_modules/@connectrpc/connect')
    expect(installed).not.toMatch(
      /node_modules\/(?:@bufbuild\/(?:buf|protoc-gen-es)|google-proto-files|vitest|typescript)/,
    )
  })

  test('is clean by publint', async () => {
    expect(await consumer.runTool('publint', 'run', consumer.tarball, '--strict')).toContain('All good!')
  })

  test('is clean by are-the-types-wrong', async () => {
    // It is ESM only: what CommonJS and Node 10 would need is not promised. The exit code tells of all else.
    const found = await consumer.runTool('attw', consumer.tarball, '--profile', 'esm-only', '--no-definitely-typed')
    for (const entry of ['waypost', 'waypost/web', 'waypost/proto', 'waypost/server', 'waypost/testing'])
      expect(found).toContain(`"${entry}"`)
  })
})

describe('a bundle', () => {
  test.for([
    ['waypost/web', 'browser'],
    ['waypost', 'node'],
  ] as const)('has nothing of Connect where only parseSruid is imported from %s', async ([entry, platform]) => {
    const { modules, imports, code } = await consumer.bundle(`export { parseSruid } from '${entry}'`, platform)
    expect(modules.filter((module) => !module.startsWith('waypost/'))).toEqual([])
    expect(modules).toContain('waypost/dist/src/domain/sruid.js')
    expect(imports).toEqual([])
    expect(code.length).toBeLessThan(5_000)
  })

  test('of the whole client for browsers has nothing of Node, and is under 200 kB before compression', async () => {
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
